// The cart, as far as secrets matter: it finds its password in the environment and its certificate in a file.
import { readFileSync } from 'node:fs'

const { DB_USER, DB_PASSWORD, DB_CA_FILE } = process.env
if (!DB_PASSWORD || !DB_CA_FILE) {
  console.error('app: DB_PASSWORD and DB_CA_FILE are not set; start me with `strongroom run`')
  process.exit(1)
}
const certificate = readFileSync(DB_CA_FILE, 'utf8')
console.log(`app: user ${DB_USER}, a password of ${DB_PASSWORD.length} characters`)
console.log(`app: certificate of ${certificate.length} characters in ${DB_CA_FILE}`)
