import { expect, test } from 'vitest'
import { formatAssignment, parseAssignment } from './assignment.js'

// What the original prints of each, as built by Go 1.26; of those it cannot read, null.
test.each<[string, string | null]>([
  ['0.5', '0.5'],
  ['0', '0'],
  ['-0', '-0'],
  ['-0.0', '-0'],
  ['1e-1', '0.1'],
  ['2E-01', '0.2'],
  ['.2', '0.2'],
  ['0.', '0'],
  ['+0.2', '0.2'],
  ['0e0', '0'],
  ['1e-4', '0.0001'],
  ['1e-5', '1e-05'],
  ['0.00001234', '1.234e-05'],
  ['1e-300', '1e-300'],
  ['5e-324', '5e-324'],
  ['1e-400', '0'],
  ['-1e-400', '-0'],
  ['0.1000000000000000055511151231257827', '0.1'],
  ['0.30000000000000004', '0.30000000000000004'],
  ['0.12345678901234567', '0.12345678901234566'],
  ['0.9999999999999999', '0.9999999999999999'],
  [`${'0'.repeat(2000)}.2`, '0.2'],
  [`0.${'3'.repeat(5000)}`, '0.3333333333333333'],
  ['NaN', 'NaN'],
  ['nan', 'NaN'],
  ['0x1p-2', '0.25'],
  ['0X1P-3', '0.125'],
  ['0x.8p-1', '0.25'],
  ['0x_1p-2', '0.25'],
  ['0x1_0p-6', '0.25'],
  ['0x0p9', '0'],
  ['0.1_2', '0.12'],
  ['0_0.1', '0.1'],
  ['0.1e-0_1', '0.01'],
  ['0x1', null],
  ['0x1.8', null],
  ['0x1._8p-4', null],
  ['0xp1', null],
  ['0x.p1', null],
  ['_0.1', null],
  ['0._1', null],
  ['0.1_', null],
  ['0.1__2', null],
  ['0b1', null],
  ['0o1', null],
  ['+nan', null],
  ['-NaN', null],
  ['inf', null],
  ['-Infinity', null],
  ['', null],
  ['.', null],
  ['e', null],
  ['1e', null],
  ['++0.2', null],
  [' 0.5', null],
  ['0.2 ', null],
  ['0.2\r', null],
  ['0,2', null],
  ['0.2f', null],
  ['0.2\0', null],
  ['0.1\n0.2', null],
  ['\u0661', null],
  ['canary', null],
])('%s', (text, printed) => {
  const number = parseAssignment(text)
  expect(number === null ? null : formatAssignment(number)).toBe(printed)
})

test.each([
  ['1e400', Infinity],
  ['0x1p99999999999', Infinity],
  ['-0x1p1', -2],
  ['1', 1],
])('%s is read', (text, number) => {
  expect(parseAssignment(text)).toBe(number)
})

test('64 KB of almost a number take no time', () => {
  for (const text of ['1', '_1', '0x1', '1.'].map((part) => `${part.repeat(20_000)}!`))
    expect(parseAssignment(text)).toBeNull()
})
