/** How much a text mixes languages (method-specs 8.5). Units of no declared language are left out, but not their place. */
import type { MixingCounts } from '../score-counts.ts';
import type { Unit } from './profiles/profile.ts';
import { switchesOf } from './switches.ts';

/** Sums of one text, from which `mixingMeasures` makes figures. */
export function mixingCounts(units: readonly Unit[], languages: readonly string[]): MixingCounts {
  const spoken = units.filter(({ language }) => languages.includes(language));
  const byLanguage = languages.map((name) => spoken.filter(({ language }) => language === name).length);
  const total = spoken.length;
  const switches = switchesOf(spoken);
  const ends = [...switches.map(({ after }) => after), total];
  const lengths = total === 0 ? [] : ends.map((end, at) => end - (ends[at - 1] ?? 0));
  const others = total - Math.max(...byLanguage);
  return {
    utterances: Math.min(total, 1),
    units: byLanguage,
    codeMixingIndex: total === 0 ? 0 : (100 * others) / total,
    codeMixingIndex2: total === 0 ? 0 : (100 * (0.5 * others + 0.5 * switches.length)) / total,
    places: Math.max(0, total - 1),
    spans: lengths.length,
    spanUnits: total,
    spanUnitsSquared: lengths.reduce((sum, length) => sum + length * length, 0),
  };
}

/** Null where a measure is not defined: no units, one language declared, spans of no length. */
export interface MixingMeasures {
  /** Mean over utterances of 100 (1 - largest language / units); 0 for one language, at most 50 for two. */
  readonly codeMixingIndex: number | null;
  /** Mean over utterances of 100 (half the other languages' units + half the switches) / units (Gambäck and Das 2016). */
  readonly codeMixingIndex2: number | null;
  /** Switches over places where one might be (Guzmán et al. 2017). */
  readonly integrationIndex: number | null;
  /** 0 for one language, 1 for equal shares of all declared ones (Barnett et al. 2000). */
  readonly multilingualIndex: number | null;
  /** -1 for spans of one length, 0 for lengths as chance gives them, towards 1 for bursts (Goh and Barabási 2008). */
  readonly burstiness: number | null;
}

/** @param counts Sums of one or many texts. @param switches Of the same texts. */
export function mixingMeasures(counts: MixingCounts, switches: number): MixingMeasures {
  const total = counts.units.reduce((sum, each) => sum + each, 0);
  const classes = counts.units.length;
  const concentration = counts.units.reduce((sum, each) => sum + (each / total) ** 2, 0);
  const mean = counts.spanUnits / counts.spans;
  const deviation = Math.sqrt(Math.max(0, counts.spanUnitsSquared / counts.spans - mean * mean));
  return {
    codeMixingIndex: defined(counts.codeMixingIndex / counts.utterances),
    codeMixingIndex2: defined(counts.codeMixingIndex2 / counts.utterances),
    integrationIndex: defined(switches / counts.places),
    multilingualIndex: defined((1 - concentration) / ((classes - 1) * concentration)),
    burstiness: defined((deviation - mean) / (deviation + mean)),
  };
}

function defined(quotient: number): number | null {
  return Number.isFinite(quotient) ? quotient : null;
}
