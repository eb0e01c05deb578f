//! Files packed with gzip or Zstandard are read as what they hold, whatever their name.

use crate::fault::{Fault, FaultCode, Origin};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTANDARD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// An open file as the bytes it holds.
pub(super) struct Opened {
    pub(super) reader: Box<dyn Read + Send>,
    /// How many bytes it holds; unknown when it is packed.
    pub(super) bytes: Option<u64>,
}

/// Opens a file, and unpacks it while it is read when its first bytes say that it is packed. The limits on what
/// is read of it (`Limits::file_bytes`, `Limits::line_bytes`) bound what may be unpacked.
pub(super) fn open(path: &Path) -> io::Result<Opened> {
    let mut file = File::open(path)?;
    let mut head = Vec::with_capacity(4);
    (&mut file).take(4).read_to_end(&mut head)?;
    file.rewind()?;
    let reader: Box<dyn Read + Send> = if head.starts_with(GZIP) {
        // Several members after each other are one file (as `cat a.gz b.gz` and bgzip write them).
        Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(1 << 16, file)))
    } else if head.starts_with(ZSTANDARD) {
        Box::new(zstd::stream::read::Decoder::new(file)?)
    } else {
        let bytes = Some(file.metadata()?.len());
        return Ok(Opened { reader: Box::new(file), bytes });
    };
    Ok(Opened { reader, bytes: None })
}

/// The fault of a file that could not be read: packed data may be damaged.
pub(super) fn fault(error: &io::Error, origin: &Origin) -> Fault {
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof | io::ErrorKind::Other => {
            Fault::new(FaultCode::Compressed, origin, "its packed data is damaged or cut off")
        }
        kind => Fault::new(FaultCode::Unreadable, origin, kind.to_string()),
    }
}
