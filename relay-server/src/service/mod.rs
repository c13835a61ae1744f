//! Load, apply the rule from `protocol`, save change and audit event together.
