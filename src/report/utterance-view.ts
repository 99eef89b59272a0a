/** One utterance to look at and listen to: audio, how probable the languages were, and the alignments of two systems. */
import type { Score } from '../records.ts';
import { alignmentView, errorsOf } from './alignment-view.ts';
import type { Clip } from './clips.ts';
import { html, type Markup } from './html.ts';
import { languageTrack } from './language-track.ts';

export interface ShownUtterance {
  readonly score: Score;
  /** The same utterance by the baseline, where that is another system and has it. */
  readonly baseline: Score | null;
  readonly clip: Clip;
}

export function utteranceView({ score, baseline, clip }: ShownUtterance): Markup {
  const { id, origin, alignment, languages, system, utteranceType } = score;
  const audio =
    'address' in clip
      ? html`<audio controls preload="metadata" src="${clip.address}" aria-label="Audio of ${id}"></audio>`
      : html`<p class="note">No audio: ${clip.missing}</p>`;
  const speaker = origin.speaker === null ? '' : `, speaker ${origin.speaker}`;
  return html`<article class="utterance" aria-label="${id}">
    <h3>${id}</h3>
    <p class="note">${origin.duration.toFixed(1)} s, ${utteranceType}${speaker}; ${errorsOf(alignment)}</p>
    <div class="sides">
      <div>${audio}${languageTrack(alignment, languages, origin.start, origin.duration)}</div>
      <div>
        ${alignmentView(system, alignment)}${baseline === null ? null : alignmentView(baseline.system, baseline.alignment)}
      </div>
    </div>
  </article> `;
}
