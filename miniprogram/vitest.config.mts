import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@": resolve(__dirname, "src") } },
  define: { "process.env.UNI_PLATFORM": JSON.stringify("h5") },
  test: { environment: "node", include: ["tests/**/*.test.ts"] },
});
