/// <reference types="vite/client" />
/// <reference types="@dcloudio/types" />
declare module "*.vue" {
  import type { DefineComponent } from "vue";
  const component: DefineComponent<object, object, unknown>;
  export default component;
}
interface ImportMetaEnv {
  readonly VITE_API_ORIGIN: string;
  readonly VITE_SPEECH_PLUGIN?: string;
}
