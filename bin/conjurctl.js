#!/usr/bin/env node
// `conjurctl …` is `strongroom admin …`, for scripts and containers that call a Conjur server by it.
process.argv.splice(2, 0, 'conjurctl')
await import('./strongroom.js')
