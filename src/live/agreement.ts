/**
 * Which words of an unfinished text may be called final.
 *
 * `localAgreement`: those on which the last n texts agree, from the first word on (Liu et al. 2020, "Low-Latency
 * Sequence-to-Sequence Speech Recognition and Translation by Partial Hypothesis Selection"; whisper_streaming takes n = 2).
 * `alignAtt`: those that the decoder heard well before the end of what has been heard, by its cross-attention (Papi et al.
 * 2023, "AlignAtt"; SimulStreaming waits for 25 positions, half a second).
 */

/** A word as a policy looks at it. */
export interface Candidate {
  /** What two texts must have in common to agree: without spaces, case, punctuation and script. */
  readonly key: string;
  /** Seconds from the beginning of the recording where the word ends, by cross-attention. */
  readonly end: number;
}

export interface CommitPolicy {
  /**
   * @param words Behind the words that are final already.
   * @param heardUntil Seconds from the beginning of the recording that the text was made of.
   * @returns How many of the words, from the first on, are final now. The policy takes them for said.
   */
  hear(words: readonly Candidate[], heardUntil: number): number;
  /** Another utterance begins. */
  reset(): void;
}

export interface AgreementOptions {
  /** Texts that must agree, the new one counted; at least 2. */
  readonly texts: number;
  /** Seconds before the end of what has been heard in which no word is final. */
  readonly margin: number;
}

export function localAgreement({ texts, margin }: AgreementOptions): CommitPolicy {
  let earlier: (readonly string[])[] = [];
  return {
    hear(words, heardUntil) {
      const keys = words.map(({ key }) => key);
      let agreed = 0;
      if (earlier.length === texts - 1) {
        const isAgreed = (at: number): boolean => earlier.every((text) => text[at] === keys[at]);
        while (agreed < keys.length && words[agreed]!.end <= heardUntil - margin && isAgreed(agreed)) agreed++;
      }
      earlier = [...earlier, keys].slice(1 - texts).map((text) => text.slice(agreed));
      return agreed;
    },
    reset() {
      earlier = [];
    },
  };
}

/** @param margin Seconds. */
export function alignAtt(margin: number): CommitPolicy {
  return {
    hear(words, heardUntil) {
      const open = words.findIndex(({ end }) => end > heardUntil - margin);
      return open < 0 ? words.length : open;
    },
    reset: () => undefined,
  };
}
