"""Makes the faxes of crates/fiction/files with pdftoppm (poppler-utils) and shows what tesseract reads in them; run from the repository's root.

The people and results are invented. The files are committed, so a build needs none of this.
"""

import subprocess,sys,os
def pdf(lines, size, path):
    c="BT\n/F1 %d Tf\n%f TL\n60 740 Td\n"%(size,size*1.5)+"".join("(%s) Tj T*\n"%l for l in lines)+"ET"
    objs=["<< /Type /Catalog /Pages 2 0 R >>","<< /Type /Pages /Kids [3 0 R] /Count 1 >>","<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>","<< /Length %d >>\nstream\n%s\nendstream"%(len(c),c),"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>"]
    out="%PDF-1.4\n"; pl=[]
    for i,o in enumerate(objs): pl.append(len(out)); out+="%d 0 obj\n%s\nendobj\n"%(i+1,o)
    t=len(out); out+="xref\n0 6\n0000000000 65535 f \n"+"".join("%010d 00000 n \n"%p for p in pl)+"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"%t
    open(path,'w').write(out)
D='crates/fiction/files/'
S=["NORTH VALLEY SLEEP CENTER","Set-up visit","The patient was instructed by the supplier in the proper","use and care of the equipment.","He was fitted with a nasal mask."]
O=["NORTH VALLEY PULMONARY CLINIC","Oximetry","SpO2 85 % at rest on room air.","The patient was seated for ten minutes before the reading."]
for name,lines,dpi in [("fax-set-up",S,204),("fax-oximetry",O,204),("fax-poor",S,58)]:
    pdf(lines,13,'target/fax.pdf')
    subprocess.check_call(["pdftoppm","-r",str(dpi),"-mono","-png","-singlefile","target/fax.pdf",D+name])
    r=subprocess.run(["tesseract",D+name+".png","-","--psm","6","tsv"],capture_output=True,text=True)
    print(name,os.path.getsize(D+name+".png"),[(l.split('\t')[11],l.split('\t')[10]) for l in r.stdout.splitlines()[1:] if l.split('\t')[10]!='-1'])
