"""Makes the test documents of crates/documents/tests/files. Needs reportlab and Pillow; run from the repository's root:

    python3 tools/documents/make.py

The people, dates and results in them are invented. The files are committed, so a build needs none of this.
"""

import io
import pathlib

from PIL import Image, ImageDraw, ImageFont
from reportlab import rl_config
from reportlab.lib.pagesizes import letter
from reportlab.pdfgen import canvas

rl_config.invariant = 1
OUT = pathlib.Path("crates/documents/tests/files")

NOTE = """PROGRESS NOTE
Patient: Ada Example    DOB: 01/02/1970
Date of service: 03/09/2026

CHIEF COMPLAINT: Daytime sleepiness.

HISTORY OF PRESENT ILLNESS:
56-year-old woman with loud snoring and witnessed apneas. Home sleep apnea test
on 02/20/2026 showed an AHI of 22 events per hour. She denies chest pain.

VITAL SIGNS: BP 142/88, BMI 34.1 kg/m2, SpO2 95%.

ASSESSMENT: Obstructive sleep apnea, moderate.
PLAN: Start CPAP. Follow-up in 6 weeks."""

LAB = """LABORATORY REPORT
Patient: Ada Example    Collected: 03/02/2026
Test              Result    Units    Reference range
Hemoglobin A1c    8.4       %        4.0-5.6
LDL cholesterol   131       mg/dL    < 100
Creatinine        0.9       mg/dL    0.5-1.1"""

COVER = """FAX COVER SHEET
To: Utilization Management
From: Example Sleep Clinic
Date: 03/10/2026
Number of pages including cover: 3
CONFIDENTIAL: if you received this fax in error please call."""

ORDER = """PHYSICIAN ORDER
Patient: Ada Example
Order date: 03/09/2026
CPAP device E0601, length of need 13 months
Ordering provider: Dr. B. Sample"""


def text_page(page, text, font="Helvetica", size=10):
    y = 740
    for line in text.split("\n"):
        page.setFont("Helvetica-Bold" if line.isupper() else font, size)
        page.drawString(60, y, line)
        y -= size * 1.3
    page.showPage()


def pdf(name, pages, **options):
    page = canvas.Canvas(str(OUT / name), pagesize=letter, pageCompression=1, **options)
    for text in pages:
        text_page(page, text)
    page.save()


def scan(text, dots=200):
    wide, tall = int(8.5 * dots), int(5.5 * dots)
    image = Image.new("L", (wide, tall), 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=dots / 72 * 11)
    y = dots * 0.6
    for line in text.split("\n"):
        draw.text((dots * 0.7, y), line, fill=0, font=font)
        y += dots / 72 * 14.5
    return image.point(lambda v: 255 if v > 128 else 0).convert("1")


def scanned_pdf(name, texts):
    page = canvas.Canvas(str(OUT / name), pagesize=letter, pageCompression=1)
    for text in texts:
        image = scan(text)
        page.drawImage(reader(image), 0, 396, width=612, height=396)
        page.showPage()
    page.save()


def reader(image):
    from reportlab.lib.utils import ImageReader

    data = io.BytesIO()
    image.save(data, "PNG")
    data.seek(0)
    return ImageReader(data)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    pdf("note.pdf", [NOTE, LAB])
    pdf("two-documents.pdf", [COVER, NOTE, LAB])
    pdf("locked.pdf", [NOTE], encrypt="secret")
    scanned_pdf("scan.pdf", [NOTE])
    fax = [scan(t) for t in (COVER, ORDER, LAB)]
    fax[0].save(OUT / "fax.tiff", save_all=True, append_images=fax[1:], compression="group4", dpi=(200, 200))
    scan(ORDER).save(OUT / "order.png", dpi=(200, 200), optimize=True)


if __name__ == "__main__":
    main()
