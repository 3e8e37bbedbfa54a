import { createSSRApp } from "vue";
import App from "./App.vue";
import { followShortLinks } from "./platform/short_links";

followShortLinks();

export function createApp() {
  return { app: createSSRApp(App) };
}
