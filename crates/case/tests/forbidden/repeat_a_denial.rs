//! This program cannot repeat a command that carries a reviewer: commands are not `Clone`.

fn twice(command: case::Command) -> [case::Command; 2] {
    [command.clone(), command]
}

fn main() {}
