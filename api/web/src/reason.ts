// Why something did not come about, in words for people.

import { Problem } from './api';
import { t } from './i18n';

export function reason(err: unknown): string {
  if (err instanceof Problem && err.status === 0) return t('error.noanswer');
  return err instanceof Error ? err.message : String(err);
}
