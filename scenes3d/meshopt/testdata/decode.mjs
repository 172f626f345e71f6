// Decodes samples with the reference decoder: JSON in, JSON out. The argument is the folder of the modules.
import { pathToFileURL } from "node:url";
import { createRequire } from "node:module";
const require = createRequire(process.argv[2] + "/x.js");
const { MeshoptDecoder } = await import(pathToFileURL(require.resolve("meshoptimizer")).href);
await MeshoptDecoder.ready;
let text = "";
for await (const chunk of process.stdin) text += chunk;
const out = JSON.parse(text).map((s) => {
  const target = new Uint8Array(s.Count * s.Stride);
  try {
    MeshoptDecoder.decodeGltfBuffer(target, s.Count, s.Stride, Buffer.from(s.Encoded, "base64"), s.Mode, "NONE");
  } catch (e) {
    return String(e);
  }
  return Buffer.from(target).toString("base64");
});
process.stdout.write(JSON.stringify(out));
