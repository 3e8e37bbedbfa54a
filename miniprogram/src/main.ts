import { createSSRApp } from "vue";
import App from "./App.vue";
import { followShortLinks } from "./platform/short_links";
import { returnFromLogIn } from "./platform/web_return";

returnFromLogIn();
followShortLinks();

export function createApp() {
  return { app: createSSRApp(App) };
}
