import { nanoid } from 'nanoid'

/** A part of a table's name that no other has. */
export const newName = (): string => nanoid().replaceAll('-', '_')
