import { count, paint, shellWord } from '../style.js'
import type { BackupSummary } from './backup.js'
import type { RestoreSummary } from './restore.js'

/** What a backup leaves on the screen. */
export function backupScreen({ folder, records, bytes, seconds }: BackupSummary): string {
  const took = `${(bytes / 1e6).toFixed(1)} MB, ${seconds.toFixed(1)} s`
  return [
    `${paint('green', '✓')} ${count(records)} records in ${folder}   ${paint('dim', took)}`,
    `  Back again: ${paint('bold', `assay restore ${shellWord(folder)} --data EMPTY_FOLDER`)}`,
  ].join('\n')
}

/** What a restore leaves on the screen. */
export function restoreScreen({ data, records, seconds }: RestoreSummary): string {
  return [
    `${paint('green', '✓')} ${count(records)} records in ${data}   ${paint('dim', `${seconds.toFixed(1)} s`)}`,
    `  Next: ${paint('bold', `assay up --data ${shellWord(data)}`)}`,
  ].join('\n')
}
