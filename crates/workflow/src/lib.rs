//! What people, clocks and robots do: submit, inquire, assign, ask, determine, tick
