//! The room of the world; its parts follow.
