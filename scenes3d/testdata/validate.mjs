// Reads GLB files by the names on standard input, and says as JSON what Khronos' validator finds in each.
// Usage: node validate.mjs NODE_MODULES < names.json
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const { validateBytes } = createRequire(join(process.argv[2], 'x'))('gltf-validator')
const found = []
for (const name of JSON.parse(readFileSync(0, 'utf8'))) {
  const { issues } = await validateBytes(new Uint8Array(readFileSync(name)), { uri: name, maxIssues: 20 })
  for (const m of issues.messages) {
    if (m.severity < 2) { // errors and warnings; what follows from extensions that it does not know is information
      found.push(`${name}: ${m.code} at ${m.pointer ?? m.offset}: ${m.message}`)
    }
  }
}
process.stdout.write(JSON.stringify(found))
