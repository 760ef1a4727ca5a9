/** What is done about a degraded champion whose challenger was not promoted. */
export type Fallback = {
  readonly action: 'previous' | 'suspended' | 'kept';
  /** The version gone back to. */
  readonly versionId?: string;
  /** One sentence for people. */
  readonly why: string;
  /** Mean score of that version on the evaluation rows, and the lower end of its gain over no skill. */
  readonly score?: number;
  readonly gainOverNoSkillLower?: number;
};
