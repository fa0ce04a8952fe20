/** Writes the pages of docs/ that are generated, from the tables that the programs themselves use. `--check` writes nothing and fails when one differs. */
import { readFileSync, writeFileSync } from 'node:fs'
import { pages } from './pages.ts'

const isCheck = process.argv.includes('--check')
for (const [path, text] of Object.entries(pages())) {
  if (!isCheck) writeFileSync(path, text)
  else if (readFileSync(path, 'utf8') !== text) {
    console.error(`${path} is not what node scripts/docs.ts writes`)
    process.exitCode = 1
  }
}
