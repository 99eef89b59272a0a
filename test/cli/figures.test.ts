import assert from 'node:assert/strict';
import { bytesText, clockText, countText, percentText, plural, rateText } from '../../src/cli/figures.ts';

describe('figures', () => {
  it('writes counts with separators', () => {
    assert.deepEqual([0, 999, 1000, 1234567].map(countText), ['0', '999', '1,000', '1,234,567']);
  });

  it('writes seconds as a clock', () => {
    assert.deepEqual([0, 7.9, 60, 750, 11_100].map(clockText), ['0:00', '0:07', '1:00', '12:30', '3:05:00']);
  });

  it('writes rates with as many places as matter', () => {
    assert.deepEqual([0.042, 0.42, 0.997, 3.14, 9.96, 24.4, 99.96, 1250].map(rateText), [
      '0.04',
      '0.42',
      '1.0',
      '3.1',
      '10',
      '24',
      '100',
      '1,250',
    ]);
  });

  it('writes sizes in powers of 1,000', () => {
    assert.deepEqual([0, 812, 4100, 75e6, 999_600, 1.5e9].map(bytesText), [
      '0 B',
      '812 B',
      '4.1 kB',
      '75 MB',
      '1.0 MB',
      '1.5 GB',
    ]);
  });

  it('never says 100 % of what is not whole nor 0 % of what is not nothing', () => {
    assert.deepEqual([0, 0.001, 0.07, 0.999, 1].map(percentText), ['0 %', '1 %', '7 %', '99 %', '100 %']);
  });

  it('counts one and many', () => {
    assert.deepEqual([plural(1, 'row'), plural(0, 'row'), plural(1200, 'row')], ['1 row', '0 rows', '1,200 rows']);
  });
});
