import { expect, test } from 'vitest'
import { readCell, readTime } from './cell.js'

test.each([
  ['12.5', 12.5],
  [' -3 ', -3],
  ['1e3', 1000],
  ['.5', 0.5],
  ['', 0],
  ['0', 0],
  ['0x10', null],
  ['1,234', null],
  ['1e999', null],
  ['1e101', null],
  ['NaN', null],
  ['TRUE', null],
])('as a number, %j is %j', (cell, value) => {
  expect(readCell('sum', cell)).toBe(value)
})

test.each([
  ['TRUE', 1],
  ['yes', 1],
  [' t ', 1],
  ['1', 1],
  ['False', 0],
  ['n', 0],
  ['0', 0],
  ['', 0],
  ['2', null],
  ['maybe', null],
])('as yes or no, %j is %j', (cell, value) => {
  expect(readCell('conversion', cell)).toBe(value)
})

test.each([
  ['2024-03-01', Date.UTC(2024, 2, 1)],
  ['2024-03-01 12:30:00', Date.UTC(2024, 2, 1, 12, 30)],
  ['2024-03-01T12:30:00+02:00', Date.UTC(2024, 2, 1, 10, 30)],
  ['2024-03-01T12:30:00.250Z', Date.UTC(2024, 2, 1, 12, 30, 0, 250)],
  ['1709296200000', 1_709_296_200_000],
  ['1709296200', null],
  ['01/03/2024', null],
  ['2024-13-01', null],
  ['', null],
])('as a time, %j is %j', (cell, time) => {
  expect(readTime(cell)).toBe(time)
})
