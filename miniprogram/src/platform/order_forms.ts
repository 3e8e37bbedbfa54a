/** The forms of the order machine: the server says which fields an action has, we fill them. */
import type { FormField } from "@/api/shapes";
import { t } from "@/texts";

export interface Answers {
  said: Record<string, string | undefined>;
  flags: Record<string, boolean | undefined>;
  media: Record<string, string[] | undefined>;
  targetKind: string;
}

/** What is still to be answered, by field. */
export function missing(fields: FormField[], answers: Answers): Record<string, string> {
  const faults: Record<string, string> = {};
  for (const field of fields) {
    if (field.required && valueOf(field, answers) === undefined) faults[field.name] = t.order.please(field.label);
  }
  return faults;
}

/** The body of the action: what was not answered stays out. */
export function bodyOf(fields: FormField[], answers: Answers): Record<string, unknown> {
  const entries = fields.map((field) => [field.name, valueOf(field, answers)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function valueOf(field: FormField, { said, flags, media, targetKind }: Answers): unknown {
  if (field.type === "flag") return flags[field.name];
  if (field.type === "media") return media[field.name]?.length ? media[field.name] : undefined;
  const text = said[field.name]?.trim() || undefined;
  if (field.type !== "target") return text;
  if (targetKind === "pool") return { kind: "pool" };
  return targetKind && text ? { kind: targetKind, id: text } : undefined;
}
