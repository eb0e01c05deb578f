//! `avedis verify`: check a receipt offline, trusting nobody but the log's key.

use crate::{Done, Failure};
use ledger::{ReceiptFile, Verifier};
use std::path::PathBuf;
use std::process::ExitCode;

/// Checks that the event in a receipt stands in the log under a signed checkpoint.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  avedis verify receipt-A1B2C3.json\n  avedis verify receipt-A1B2C3.json --key payer.key\n\nThe key is the log's verifier key, one line as at /log/TENANT/key. Without --key the key inside the receipt\nis used: that proves the receipt agrees with itself, not that the payer's log signed it."
)]
pub struct Args {
    /// The receipt file, as `avedis submit` writes it.
    receipt: PathBuf,
    /// The verifier key you got from the payer, or a file that holds it.
    #[arg(long)]
    key: Option<String>,
    /// Print the event that the receipt proves. It may hold protected health information.
    #[arg(long)]
    show: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Done {
    let bytes = std::fs::read(&args.receipt).map_err(|e| Failure::new(format!("{}: {e}", args.receipt.display())))?;
    let file = ReceiptFile::parse(&bytes)
        .map_err(|e| Failure::new(format!("{}: {e}. A receipt file is written by: avedis submit", args.receipt.display())))?;
    let key = args.key.as_deref().map(trusted).transpose()?;
    match file.verify(key.as_ref()) {
        Ok(verified) => {
            println!("VALID  entry {} of {} in {}  class {}", verified.index, verified.size, verified.origin, verified.class);
            if key.is_none() {
                println!("note   checked against the key inside the receipt; give the payer's own key with --key");
            }
            if args.show {
                println!("{}", String::from_utf8_lossy(file.event()));
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            println!("INVALID  {error}");
            Ok(ExitCode::FAILURE)
        }
    }
}

fn trusted(key: &str) -> Result<Verifier, Failure> {
    let text = std::fs::read_to_string(key).unwrap_or_else(|_| key.to_owned());
    text.trim().parse::<Verifier>().map_err(|e| Failure::new(format!("--key: {e}. It is one line, as at /log/TENANT/key")))
}
