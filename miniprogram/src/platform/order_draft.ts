/** From what a resident has said to an order. */
import type { SubmitOrder } from "@/api/shapes";
import { t } from "@/texts";
import type { Spot } from "./device";

export interface Draft {
  service_type: string;
  description: string;
  place: string;
  forWhom: string;
  name: string;
  phone: string;
  relation: string;
  organization: string;
}
const PHONE = /^(\+?86)?(1[3-9]\d{9}|0\d{2,3}-?\d{7,8})$/;
const LONGEST_TITLE = 30;

/** What is missing, in sentences. */
export function faultsOf(draft: Draft, needs: { phone: boolean; branch: boolean }) {
  const other = draft.forWhom === "other";
  const asksPerson = other || needs.phone;
  return {
    description: draft.description.trim().length >= 2 ? undefined : t.newOrder.needWhat,
    place: draft.place.trim() ? undefined : t.newOrder.needWhere,
    name: !asksPerson || draft.name.trim() ? undefined : t.newOrder.needName,
    phone: !asksPerson || PHONE.test(draft.phone.trim()) ? undefined : t.newOrder.needPhone,
    relation: !other || draft.relation.trim() ? undefined : t.newOrder.needRelation,
    branch: !needs.branch || draft.organization ? undefined : t.newOrder.needBranch,
  } as { description?: string; place?: string; name?: string; phone?: string; relation?: string; branch?: string };
}

/** The first sentence, short enough for a list. */
export function titleOf(description: string): string {
  const first = description.trim().split(/[。！？!?\n]/)[0].trim();
  const title = first.length >= 2 ? first : description.trim();
  return title.length > LONGEST_TITLE ? `${title.slice(0, LONGEST_TITLE - 1)}…` : title;
}

export function orderOf(draft: Draft, more: { photos: string[]; spot?: Spot; own: boolean; consent?: boolean; scene?: string }): SubmitOrder {
  const person = { name: draft.name.trim(), phone: draft.phone.trim() };
  const spot = more.spot?.text === draft.place ? more.spot : undefined;
  return {
    service_type: draft.service_type,
    title: titleOf(draft.description),
    description: draft.description.trim(),
    place: { text: draft.place.trim(), ...(spot ? { lat: spot.lat, lng: spot.lng } : {}), datum: "gcj02" },
    attachments: more.photos,
    ...(more.consent ? { consent: true } : {}),
    ...(more.scene ? { scene: more.scene } : {}),
    ...(draft.organization ? { organization: draft.organization } : {}),
    ...(draft.forWhom === "other" ? { on_behalf_of: { ...person, relation: draft.relation.trim() } } : more.own ? {} : { contact: person }),
  };
}

/** The code of a poster in a stairway: it stands by itself, or as the scene of a link. */
export function sceneInside(text: string): string {
  const found = /[?&](?:scene|code)=([^&#]+)/.exec(text);
  return found ? decodeURIComponent(found[1]) : text.trim();
}
