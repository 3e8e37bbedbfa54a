/** From what a resident has said to an order. */
import type { ServiceType, SubmitOrder } from "@/api/shapes";
import { t } from "@/texts";
import type { Spot } from "./device";
import type { KeptFile } from "./kept_files";

/** Answers to the questions of a kind, by their code. */
export type Said = Record<string, string | number | boolean>;
export interface Draft {
  service_type: string;
  description: string;
  place: string;
  forWhom: string; // self, other, or door: somebody behind a door that the caller looks after
  name: string;
  phone: string;
  relation: string;
  organization: string;
  household: string;
  consent: string; // how whoever is asked for has agreed
  answers: Said;
}
/** What was chosen with a draft; it lies on the phone like the draft. */
export interface DraftFiles {
  photos: KeptFile[];
  voice?: KeptFile;
}
interface Needs {
  phone: boolean;
  branch: boolean;
  words: boolean; // nothing was spoken, so that it has to be written
}
const PHONE = /^(\+?86)?(1[3-9]\d{9}|0\d{2,3}-?\d{7,8})$/;
const LONGEST_TITLE = 30;

/** What is missing, in sentences. */
export function faultsOf(draft: Draft, needs: Needs) {
  const other = draft.forWhom !== "self";
  const asksPerson = other || needs.phone;
  return {
    description: !needs.words || draft.description.trim().length >= 2 ? undefined : t.newOrder.needWhat,
    place: draft.place.trim() ? undefined : t.newOrder.needWhere,
    household: draft.forWhom !== "door" || draft.household ? undefined : t.newOrder.needDoor,
    name: !asksPerson || draft.name.trim() ? undefined : t.newOrder.needName,
    phone: !asksPerson || PHONE.test(draft.phone.normalize("NFKC").trim()) ? undefined : t.newOrder.needPhone,
    relation: draft.forWhom !== "other" || draft.relation.trim() ? undefined : t.newOrder.needRelation,
    branch: !needs.branch || draft.organization ? undefined : t.newOrder.needBranch,
  } as { description?: string; place?: string; household?: string; name?: string; phone?: string; relation?: string; branch?: string };
}

/** Which questions of the kind are still to be answered. */
export function unanswered(questions: ServiceType["questions"], said: Said): Record<string, string> {
  const open = questions.filter((one) => one.required && String(said[one.code] ?? "").trim() === "");
  return Object.fromEntries(open.map((one) => [one.code, t.order.please(one.label)]));
}

/** The answers that belong to this kind, numbers as numbers; what was left empty stays out. */
function answersTo(questions: ServiceType["questions"], said: Said): Said {
  const given = questions.filter((one) => String(said[one.code] ?? "").trim() !== "");
  return Object.fromEntries(given.map((one) => [one.code, one.type === "number" ? Number(said[one.code]) : said[one.code]]));
}

/** The first sentence, short enough for a list. */
export function titleOf(description: string): string {
  const first = description.trim().split(/[。！？!?\n]/)[0].trim();
  const title = first.length >= 2 ? first : description.trim();
  return title.length > LONGEST_TITLE ? `${title.slice(0, LONGEST_TITLE - 1)}…` : title;
}

type ProxyConsent = NonNullable<NonNullable<SubmitOrder["on_behalf_of"]>["consent"]>;
interface More {
  questions: ServiceType["questions"];
  kind: string; // what a request that was only spoken is called
  spot?: Spot;
  own: boolean; // the caller's own number counts
  consent?: boolean;
  photoConsent?: boolean;
  scene?: string;
}

/** The order, but for its files: their ids are known when they are uploaded. */
export function orderOf(draft: Draft, more: More): SubmitOrder {
  const spot = more.spot?.text === draft.place ? more.spot : undefined;
  const answers = answersTo(more.questions, draft.answers);
  return {
    service_type: draft.service_type,
    title: draft.description.trim() ? titleOf(draft.description) : t.newOrder.spoken(more.kind),
    description: draft.description.trim(),
    place: { text: draft.place.trim(), ...(spot ? { lat: spot.lat, lng: spot.lng } : {}), datum: "gcj02" },
    ...(Object.keys(answers).length ? { answers } : {}),
    ...(more.consent ? { consent: true } : {}),
    ...(more.photoConsent ? { photo_consent: true } : {}),
    ...(more.scene ? { scene: more.scene } : {}),
    ...(draft.organization ? { organization: draft.organization } : {}),
    ...(draft.forWhom === "door" && draft.household ? { household: draft.household } : {}),
    ...personOf(draft, more.own),
  };
}

function personOf(draft: Draft, own: boolean): Pick<SubmitOrder, "contact" | "on_behalf_of"> {
  const person = { name: draft.name.trim(), phone: draft.phone.trim() };
  if (draft.forWhom === "self") return own ? {} : { contact: person };
  const consent = draft.consent as ProxyConsent;
  return { on_behalf_of: { ...person, relation: draft.relation.trim() || t.newOrder.lookedAfter, ...(consent ? { consent } : {}) } };
}

/** The code of a poster in a stairway: it stands by itself, or as the scene of a link. */
export function sceneInside(text: string): string {
  const found = /[?&](?:scene|code)=([^&#]+)/.exec(text);
  return found ? decodeURIComponent(found[1]) : text.trim();
}
