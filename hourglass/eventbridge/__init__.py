"""From EventBridge Scheduler: its schedules as targets, and what cannot be carried over."""
