/** Short names for what the server gives. */
import type { components } from "./schema";

type All = components["schemas"];
export type Account = All["AccountShape"];
export type Activity = All["ActivityShape"];
export type BranchClaim = All["BranchClaim"];
export type Card = All["CardShape"];
export type CheckIn = All["CheckInShape"];
export type Place = All["PlaceShape"];
export type ConsentPurpose = All["ConsentPurpose"];
export type Flow = All["FlowShape"];
export type FlowBrief = All["FlowBrief"];
export type FormField = All["FormField"];
export type LedgerEntry = All["LedgerEntry"];
export type Lesson = All["LessonView"];
export type LessonBrief = All["LessonBrief"];
export type MakeUp = All["MakeUpShape"];
export type Order = All["OrderShape"];
export type OrderAction = All["OrderActionShape"];
export type OrderBrief = All["OrderBrief"];
export type Organization = All["OrganizationShape"];
export type PackItem = All["PackItemView"];
export type PlanActivity = All["PlanActivity"];
export type ReportIn = All["ReportInShape"];
export type Role = All["Role"];
export type RollPerson = All["RollPerson"];
export type ServiceType = All["ServiceTypeShape"];
export type Session = All["Session"];
export type Survey = All["SurveyView"];
export type SurveyBrief = All["SurveyBrief"];
export type SubmitOrder = All["SubmitOrder"];
export type Template = All["TemplateShape"];
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
