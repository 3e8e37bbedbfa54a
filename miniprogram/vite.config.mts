import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";

const require = createRequire(import.meta.url);
// a CommonJS package: under ESM its callable is on .default
const pkg = require("@dcloudio/vite-plugin-uni");
const uni = pkg.default ?? pkg;

/** uni-h5's stylesheet fetches a shadow picture from a foreign server on every page: we call nobody. */
function withoutForeignPictures(): Plugin {
  return {
    name: "without-foreign-pictures",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        for (const file of Object.values(bundle)) {
          if (file.type === "asset" && file.fileName.endsWith(".css")) {
            file.source = String(file.source).replace(/url\(["']?https?:\/\/[^)]*\)/g, "none");
          }
        }
      },
    },
  };
}

/** `aria-role` is WeChat's own word for `role`; browsers know no such attribute. */
function withoutWeChatRoles(): Plugin {
  return {
    name: "without-wechat-roles",
    enforce: "pre",
    transform: (code, id) => (id.endsWith(".vue") && process.env.UNI_PLATFORM === "h5" ? code.replace(/\s:?aria-role="[^"]*"/g, "") : undefined),
  };
}

/** WeChat reads aloud by a plugin only, which the owner of a mini program has to add to it: named, or left out. */
const PLUGIN = process.env.VITE_SPEECH_PLUGIN ?? "";
const SPEECH = { WechatSI: { version: "0.3.5", provider: "wx069ba97219f66d99" } };
function withSpeech(): Plugin {
  return {
    name: "with-speech",
    enforce: "post",
    writeBundle({ dir }) {
      if (process.env.UNI_PLATFORM !== "mp-weixin" || !PLUGIN) return;
      const file = join(dir ?? "", "app.json");
      writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), plugins: SPEECH }, null, 2));
    },
  };
}

/** A mini program without the address of its server is of no use: refuse to build one. */
function requireOrigin(): void {
  const forMiniProgram = process.env.UNI_PLATFORM === "mp-weixin";
  if (forMiniProgram && process.env.NODE_ENV === "production" && !/^https?:\/\/[^/]+$/.test(process.env.VITE_API_ORIGIN ?? "")) {
    throw new Error("set VITE_API_ORIGIN to the https origin of the server, such as https://zhibu.example.cn");
  }
}

export default defineConfig(() => {
  requireOrigin();
  if (PLUGIN && !(PLUGIN in SPEECH)) throw new Error(`VITE_SPEECH_PLUGIN: ${Object.keys(SPEECH).join(", ")} or nothing`);
  return {
    plugins: [withoutWeChatRoles(), uni(), withoutForeignPictures(), withSpeech()],
    server: { host: "127.0.0.1", proxy: { "/api": process.env.WEB_URL ?? "http://127.0.0.1:8000" } },
  };
});
