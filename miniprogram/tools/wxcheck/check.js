/** WeChat's own compiler over the built mini program: what the platform would refuse is refused here, without network.
 *
 *   cd miniprogram/tools/wxcheck && npm i --no-package-lock && node check.js [folder of the built mini program]
 *
 * Ends with 1 and the compiler's words when it refuses; prints the sizes that it made. It needs no AppID and no real
 * key: those are for uploading, which this does not do.
 */
const { generateKeyPairSync } = require("node:crypto");
const { existsSync, readFileSync } = require("node:fs");
const { resolve } = require("node:path");
const ci = require("miniprogram-ci");

const BUILT = resolve(process.argv[2] ?? resolve(__dirname, "../../dist/build/mp-weixin"));
const KILOBYTE = 1024;
const MAIN_PACKAGE_KB = 600; // ours, for phones of five years ago; the platform's own limit is 2048
const NO_APPID = "wx0000000000000000";

async function main() {
  if (!existsSync(resolve(BUILT, "app.json"))) throw new Error(`no mini program in ${BUILT}: run \`npm run build:mp-weixin\` first`);
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048, privateKeyEncoding: { type: "pkcs1", format: "pem" }, publicKeyEncoding: { type: "pkcs1", format: "pem" } });
  const project = new ci.Project({ appid: NO_APPID, type: "miniProgram", projectPath: BUILT, privateKey, ignores: ["node_modules/**/*"] });
  // what the platform would be asked for over the network: the limits of a usual mini program
  project.attr = async () => ci.DefaultProjectAttr;
  const files = await ci.getCompiledResult({ project, desc: "check", version: "0.0.0", setting: { es6: true, es7: true, minify: true }, onProgressUpdate: () => undefined });
  const names = Object.keys(files);
  if (!names.length) throw new Error("the compiler gave nothing");
  const roots = JSON.parse(readFileSync(resolve(BUILT, "app.json"), "utf8")).subPackages.map((part) => `${part.root}/`);
  const size = (chosen) => names.filter(chosen).reduce((sum, name) => sum + Buffer.byteLength(files[name]), 0) / KILOBYTE;
  const main = size((name) => !roots.some((root) => name.startsWith(root)));
  console.log(`compiled ${names.length} files, main package ${main.toFixed(0)} KB (limit ${MAIN_PACKAGE_KB} KB)`);
  for (const root of roots) console.log(`  ${root} ${size((name) => name.startsWith(root)).toFixed(0)} KB`);
  if (main > MAIN_PACKAGE_KB) throw new Error("the main package is too large");
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error?.message ?? error);
    process.exit(1);
  },
);
