/** Whether there is a network, as the phone says. */
import { reactive } from "vue";

export const network = reactive({ online: true });
const watchers: (() => void)[] = [];

/** Call this when the network has come back. */
export function whenBack(act: () => void): void {
  watchers.push(act);
}

export function watchNetwork(): void {
  uni.getNetworkType({ success: ({ networkType }) => (network.online = networkType !== "none") });
  uni.onNetworkStatusChange(({ isConnected }) => {
    network.online = isConnected;
    if (isConnected) watchers.forEach((act) => act());
  });
}
