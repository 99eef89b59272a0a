/**
 * Texts that Whisper is known to write over music, noise and silence: what subtitles on the web say where nobody speaks
 * (reference: whisper_streaming issue 68, whisper.cpp issues 1724 and 2286, openai/whisper discussion 928).
 */

/** Credits of subtitlers and channels. Nobody says them into a microphone; a text that is one of them is none. */
const credits = [
  /^(中文)?字幕由.*(社[群区區]|提供|制作|製作)/u,
  /^(中文)?字幕(志愿者|志願者|提供|制作|製作|[:：])/u,
  /^(请不吝点赞|請不吝點[贊讚])/u,
  /^打[赏賞]支持(明镜|明鏡)/u,
  /^(优优独播剧场|優優獨播劇場)/u,
  /^(transcription|subtitles?|captions?|captioning) (by|provided by)\b/iu,
  /^(https?:\/\/)?www\.[a-z-]+\.[a-z]+[.\s]*$/iu,
];

/** What is said at the end of videos, and may be said by people too: doubtful where the sound gives it little support. */
const farewells = [
  'thank you',
  'thank you so much',
  'thank you very much',
  'thanks',
  'thanks for watching',
  'thank you for watching',
  'thanks for listening',
  'please subscribe',
  'like and subscribe',
  'bye',
  'bye bye',
  'the end',
  'you',
  '谢谢',
  '谢谢大家',
  '谢谢观看',
  '谢谢收看',
  '谢谢您的观看',
  '謝謝',
  '謝謝大家',
  '謝謝觀看',
  '謝謝收看',
  '我们下期再见',
  '我們下期再見',
  'ご視聴ありがとうございました',
];

const plain = (text: string): string =>
  text
    .replace(/[\p{P}\p{S}\s]+/gu, ' ')
    .trim()
    .toLowerCase();

/** @param doubt Whether the sound gives the text little support: it is improbable, or probably no speech. */
export function isGhost(text: string, doubt: boolean): boolean {
  const said = text.trim();
  return credits.some((credit) => credit.test(said)) || (doubt && farewells.includes(plain(said)));
}
