"""Random patients over the value sets and codes that CQL sources name (see README.md)."""
import re,sys,json,random,glob,os
random.seed(11)
small=os.environ.get('SMALL')
also=lambda few,many: random.randint(0,1) if small else random.randint(few,many)  # how many resources of a type
count=int(sys.argv[1]); files=sys.argv[2:]
txt=''.join(open(f).read() for f in files)
vss=sorted(set(re.findall(r'^\s*valueset\s+"[^"]+"\s*:\s*\'([^\']+)\'',txt,re.M)))
css=dict(re.findall(r'^\s*codesystem\s+"([^"]+)"\s*:\s*\'([^\']+)\'',txt,re.M))
codes=[(c,css.get(s,'http://x')) for c,s in re.findall(r'^\s*code\s+"[^"]+"\s*:\s*\'([^\']+)\'\s+from\s+(?:\w+\.)?"([^"]+)"',txt,re.M)]
vs={}
for i,u in enumerate(vss): vs[u]=[('http://snomed.info/sct',f'{100000+i*10+k}') for k in range(3)]
allc=[(c,s) for u in vs for s,c in vs[u]]+codes
out=[]; ex={}
for u in vs:
    out.append({"resourceType":"ValueSet","url":u,"expansion":{"contains":[{"system":s,"code":c} for s,c in vs[u]]}})
    ex[u]={"":[{"code":c,"system":s,"version":""} for s,c in vs[u]]}
json.dump(out,open('vs.json','w')); json.dump(ex,open('vs_exec.json','w'))
def cc():
    c,s=random.choice(allc); return {"coding":[{"system":s,"code":c}]}
def dt(): 
    y=random.choice([2024,2025,2025,2025]); return f"{y}-{random.randint(1,12):02}-{random.randint(1,28):02}T{random.randint(0,23):02}:{random.randint(0,59):02}:00.000Z"
def per():
    a,b=sorted([dt(),dt()]); 
    if random.random()<.6: b=a[:11]+"23:50:00.000Z"
    p={"start":a,"end":b}
    if random.random()<.1: del p["end"]
    return p
def pick(*a): return random.choice(a)
pats=[]
for i in range(count):
    P=f"p{i}"; ref={"reference":f"Patient/{P}"}
    E=[{"resourceType":"Patient","id":P,"birthDate":f"{random.randint(1930,2015)}-{random.randint(1,12):02}-{random.randint(1,28):02}","gender":pick("male","female"),"extension":[{"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-race","extension":[{"url":"ombCategory","valueCoding":{"system":"urn:oid:2.16.840.1.113883.6.238","code":"2106-3","display":"White"}},{"url":"text","valueString":"White"}]},{"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity","extension":[{"url":"ombCategory","valueCoding":{"system":"urn:oid:2.16.840.1.113883.6.238","code":"2186-5","display":"Not"}},{"url":"text","valueString":"Not"}]}]}]
    for k in range(also(2,8)):
        E.append({"resourceType":"Encounter","id":f"{P}e{k}","status":pick("finished","finished","in-progress"),"class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":pick("AMB","IMP")},"type":[cc()],"subject":ref,"period":per(),"reasonCode":[cc()],"hospitalization":{"dischargeDisposition":cc()}})
    for k in range(also(3,20)):
        o={"resourceType":"Observation","id":f"{P}o{k}","status":pick("final","final","amended","cancelled","registered"),"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":pick("vital-signs","laboratory","survey")}]}],"code":cc(),"subject":ref}
        r=random.random()
        if r<.6: o["effectiveDateTime"]=dt()
        else: o["effectivePeriod"]=per()
        r=random.random()
        if r<.5: o["valueQuantity"]={"value":random.choice([17.5,18.5,22,24.99,25,31]),"unit":"kg/m2","system":"http://unitsofmeasure.org","code":"kg/m2"}
        elif r<-1: pass
        elif r<-1: pass
        o["issued"]=dt()
        E.append(o)
    for k in range(also(0,6)):
        c={"resourceType":"Condition","id":f"{P}c{k}","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":pick("active","resolved","recurrence")}]},"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":pick("confirmed","confirmed","refuted")}]},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-category","code":pick("problem-list-item","encounter-diagnosis")}]}],"code":cc(),"subject":ref,"recordedDate":dt()}
        r=random.random()
        if r<.4: c["onsetDateTime"]=dt()
        elif r<.7: c["onsetPeriod"]=per()
        elif r<.8: c["onsetAge"]={"value":30,"unit":"a","system":"http://unitsofmeasure.org","code":"a"}
        if random.random()<.3: c["abatementDateTime"]=dt()
        E.append(c)
    for k in range(also(0,6)):
        E.append({"resourceType":"Procedure","id":f"{P}r{k}","status":pick("completed","in-progress","not-done"),"code":cc(),"subject":ref, **({"performedPeriod":per()} if random.random()<.5 else {"performedDateTime":dt()})})
    for k in range(also(0,6)):
        E.append({"resourceType":"ServiceRequest","id":f"{P}s{k}","status":pick("active","completed","draft"),"intent":pick("order","plan","original-order"),"code":cc(),"subject":ref,"authoredOn":dt(),**({"doNotPerform":pick(True,False)} if random.random()<.4 else {}),"reasonCode":[cc()]})
    for k in range(also(0,6)):
        E.append({"resourceType":"MedicationRequest","id":f"{P}m{k}","status":pick("active","completed","draft"),"intent":pick("order","plan"),"medicationCodeableConcept":cc(),"subject":ref,"authoredOn":dt(),"reasonCode":[cc()],"dosageInstruction":[{"timing":{"repeat":{"frequency":random.randint(1,3),"period":1,"periodUnit":"d"}},"doseAndRate":[{"doseQuantity":{"value":1}}]}],"dispenseRequest":{"expectedSupplyDuration":{"value":30,"unit":"d","system":"http://unitsofmeasure.org","code":"d"},"numberOfRepeatsAllowed":random.randint(0,3)}})
    E.append({"resourceType":"Coverage","id":f"{P}cov","status":"active","type":cc(),"beneficiary":ref,"payor":[ref],"period":per()})
    pats.append({"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":f"http://x/{r['resourceType']}/{r['id']}","resource":r} for r in E]})
json.dump(pats,open('patients.json','w')); print(len(vss),'value sets',len(codes),'codes')
