/**
 * Is imported before all else, since a heap does not shrink: for commands that recognise, keeps the young generation of
 * JavaScript's heap at the megabyte that it begins with. Node lets it grow to 32, and what these commands hold in numbers lies
 * outside of the heap. Others are left alone: scoring takes a half longer in a small one.
 */
import { setFlagsFromString } from 'node:v8';

if (['transcribe', 'live'].includes(process.argv[2] ?? '')) setFlagsFromString('--semi-space-growth-factor=1');
