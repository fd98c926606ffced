/** What stands where nothing is yet: what would be here, and the one thing to do about it. */
import type { ReactNode } from "react";

interface Props {
  /** What would be here, in one sentence. */
  children: ReactNode;
  /** The link or button that leads on; none where only waiting helps. */
  action?: ReactNode;
}

export function EmptyState({ children, action }: Props): ReactNode {
  return (
    <div className="empty" data-empty={action ? "action" : "waiting"}>
      <p className="soft">{children}</p>
      {action}
    </div>
  );
}
