// A condition, in the form of Kubernetes' API conventions (metav1.Condition).
export const CONDITION_TYPES = ['Ready', 'Progressing', 'Blocked', 'Stalled', 'OverBudget', 'Invalid', 'Unattended'] as const;
export type ConditionType = (typeof CONDITION_TYPES)[number];
export type ConditionStatus = 'True' | 'False' | 'Unknown';

export interface Condition {
  type: ConditionType;
  status: ConditionStatus;
  /** One CamelCase word for programs. */
  reason: string;
  /** One sentence for people. */
  message: string;
  /** The generation of the spec that this speaks of. */
  observedGeneration: number;
  /** When `status` last changed; RFC 3339. */
  lastTransitionTime: string;
}
