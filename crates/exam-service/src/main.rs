//! The exam server's executable: all of it is in the library.

fn main() -> std::process::ExitCode {
    exam_service::program::main()
}
