import { createRequire } from "node:module";
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
    transform: (code, id) => (id.endsWith(".vue") && process.env.UNI_PLATFORM === "h5" ? code.replace(/\saria-role="[^"]*"/g, "") : undefined),
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
  return {
    plugins: [withoutWeChatRoles(), uni(), withoutForeignPictures()],
    server: { host: "127.0.0.1", proxy: { "/api": process.env.WEB_URL ?? "http://127.0.0.1:8000" } },
  };
});
