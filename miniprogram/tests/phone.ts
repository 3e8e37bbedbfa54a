/** A phone for tests: storage, a network that can be away, a server made of answers. */
import { vi } from "vitest";

export interface Call {
  method: string;
  path: string;
  body: any;
  key?: string;
  token?: string;
}
type Answer = { status: number; data?: unknown; code?: string; message?: string };
export interface Phone {
  store: Record<string, any>;
  calls: Call[];
  online: boolean;
  answer: (call: Call) => Answer;
}

export function aPhone(): Phone {
  const phone: Phone = { store: {}, calls: [], online: true, answer: () => ({ status: 200, data: null }) };
  vi.stubGlobal("uni", {
    getStorageSync: (name: string) => structuredClone(phone.store[name] ?? ""),
    setStorageSync: (name: string, value: unknown) => void (phone.store[name] = structuredClone(value)),
    removeStorageSync: (name: string) => void delete phone.store[name],
    getStorageInfoSync: () => ({ keys: Object.keys(phone.store) }),
    request(asked: any) {
      if (!phone.online) return asked.fail({ errMsg: "request:fail" });
      const call: Call = {
        method: asked.method,
        path: asked.url.replace("/api/v1", ""),
        body: asked.data,
        key: asked.header["Idempotency-Key"],
        token: asked.header.Authorization,
      };
      phone.calls.push(call);
      const { status, ...body } = phone.answer(call);
      asked.success({ statusCode: status, data: { code: "ok", message: "", data: null, ...body } });
    },
  });
  vi.resetModules();
  return phone;
}
