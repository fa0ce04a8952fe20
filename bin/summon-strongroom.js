#!/usr/bin/env node
// The provider for the original Summon: it asks a Strongroom or Conjur server.
process.argv.splice(2, 0, 'summon-strongroom')
await import('./strongroom.js')
