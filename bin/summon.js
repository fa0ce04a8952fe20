#!/usr/bin/env node
// `summon …` is `strongroom run …`, for scripts that call Summon by its name.
process.argv.splice(2, 0, 'summon')
await import('./strongroom.js')
