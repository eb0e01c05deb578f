//! Recognition and page images by pdftoppm (poppler-utils) and tesseract (tesseract-ocr), started as processes with limits. Only the
//! shell asks for this feature; nothing is written to disk: pages go from one process to the other through pipes.

mod point;
mod run;
mod tsv;

pub use run::Budget;

use crate::fault::Code;
use crate::ocr::{Form, Ocr, Recognized};
use run::{Program, run};
use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

const RENDERER: Program = Program { name: "pdftoppm", package: "poppler-utils" };
const COUNTER: Program = Program { name: "pdfinfo", package: "poppler-utils" };
const TESSERACT: Program = Program { name: "tesseract", package: "tesseract-ocr" };

/// Called after each page: how many are done, of how many.
pub type Progress = dyn Fn(usize, usize) + Send + Sync;

/// Recognition by tesseract.
pub struct Tesseract {
    /// Pages at one time; one core each.
    pub workers: usize,
    /// What one page may cost, rendering and recognition each.
    pub page: Budget,
    /// Language of the text, as tesseract names it.
    pub language: String,
    /// Told after each page.
    pub progress: Option<Box<Progress>>,
}

impl std::fmt::Debug for Tesseract {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tesseract").field("workers", &self.workers).field("page", &self.page).finish_non_exhaustive()
    }
}

impl Default for Tesseract {
    /// Two pages at a time, each within 60 seconds and one gigabyte; English.
    fn default() -> Tesseract {
        let page = Budget { seconds: 60, megabytes: 1024, output: 64 << 20 };
        Tesseract { workers: 2, page, language: "eng".to_owned(), progress: None }
    }
}

/// Pixels of the longer side of a rendered page: 300 dots per inch of a letter, whatever size the page states.
const LONGER_SIDE: u32 = 3300;

impl Ocr for Tesseract {
    fn recognize(&self, source: &[u8], form: Form, pages: &[u32]) -> Vec<Result<Recognized, Code>> {
        let answers: Vec<Mutex<Option<Result<Recognized, Code>>>> = pages.iter().map(|_| Mutex::new(None)).collect();
        let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..self.workers.clamp(1, pages.len().max(1)) {
                scope.spawn(|| {
                    loop {
                        let i = next.fetch_add(1, Ordering::Relaxed);
                        let Some(page) = pages.get(i) else { return };
                        let answer = self.page(source, form, *page);
                        // Without the programs every page would fail alike: the rest need not be tried.
                        if matches!(answer, Err(Code::NoOcr { .. })) {
                            next.store(pages.len(), Ordering::Relaxed);
                        }
                        *answers[i].lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
                        let so_far = done.fetch_add(1, Ordering::Relaxed) + 1;
                        if let Some(progress) = &self.progress {
                            progress(so_far, pages.len());
                        }
                    }
                });
            }
        });
        let answers: Vec<Option<Result<Recognized, Code>>> =
            answers.into_iter().map(|a| a.into_inner().unwrap_or_else(PoisonError::into_inner)).collect();
        let absent = answers.iter().flatten().find_map(|a| a.as_ref().err().filter(|c| matches!(c, Code::NoOcr { .. })).cloned());
        let missing = absent.unwrap_or(Code::Defect);
        answers.into_iter().map(|a| a.unwrap_or_else(|| Err(missing.clone()))).collect()
    }

    fn pages(&self, source: &[u8]) -> Result<u32, Code> {
        let answer = run(COUNTER, &["-".to_owned()], source, self.page).map_err(|code| match code {
            Code::OcrFailed { .. } => Code::Encrypted,
            other => other,
        })?;
        let answer = String::from_utf8_lossy(&answer);
        let count = answer.lines().find_map(|l| l.strip_prefix("Pages:")).and_then(|n| n.trim().parse().ok());
        count.ok_or(Code::Encrypted)
    }
}

impl Tesseract {
    fn page(&self, source: &[u8], form: Form, page: u32) -> Result<Recognized, Code> {
        let mut arguments = vec!["-".to_owned(), "-".to_owned(), "-l".to_owned(), self.language.clone()];
        let image = match form {
            Form::Pdf => Cow::Owned(render(source, page, LONGER_SIDE, "-gray", self.page)?),
            _ => Cow::Borrowed(source),
        };
        if form == Form::Pdf {
            arguments.extend(["--dpi".to_owned(), "300".to_owned()]);
        }
        if form == Form::Tiff {
            arguments.extend(["-c".to_owned(), format!("tessedit_page_number={}", page - 1)]);
        }
        arguments.push("tsv".to_owned());
        let table = run(TESSERACT, &arguments, &image, self.page)?;
        let mut seen = tsv::read(&String::from_utf8_lossy(&table));
        if form == Form::Pdf {
            point::restore(&mut seen, &image);
        }
        Ok(seen)
    }
}

fn render(pdf: &[u8], page: u32, longer_side: u32, how: &str, budget: Budget) -> Result<Vec<u8>, Code> {
    let page = page.to_string();
    let arguments = [how, "-scale-to", &longer_side.to_string(), "-f", &page, "-l", &page, "-"].map(str::to_owned);
    let image = run(RENDERER, &arguments, pdf, budget)?;
    if image.is_empty() { Err(Code::OcrFailed { program: RENDERER.name, status: 0 }) } else { Ok(image) }
}

/// A page of a file as PNG, its longer side so many pixels (64 to 4,000). PDF, TIFF, PNG and JPEG have pages; others have none.
///
/// # Errors
/// [`Code`] of the renderer; [`Code::NotRead`] for a file without page images.
pub fn page_image(file: &[u8], page: u32, longer_side: u32, budget: Budget) -> Result<Vec<u8>, Code> {
    let form = crate::form(file, None);
    let wrapped = crate::image::pdf(file, form, u32::MAX)?;
    let pdf = match (&wrapped, form) {
        (Some(pdf), _) => pdf.as_slice(),
        (None, crate::Form::Pdf) => file,
        _ => return Err(Code::NotRead { kind: "such" }),
    };
    render(pdf, page.max(1), longer_side.clamp(64, 4000), "-png", budget)
}

/// The name under which a page image may be kept: it changes with the file, the page and the size.
#[must_use]
pub fn page_image_key(source: &str, page: u32, longer_side: u32) -> String {
    format!("{source}-{page}-{}.png", longer_side.clamp(64, 4000))
}
