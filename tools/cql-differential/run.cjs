// node run.cjs MAIN elmdir valuesets.json params.json bundle.json... -> JSON lines
const fs=require('fs'),path=require('path'); const cql=require('cql-execution'), fhir=require('cql-exec-fhir');
const [,,main,dir,vs,params,...bundles]=process.argv;
const libs={}; for(const f of fs.readdirSync(dir)){ const j=JSON.parse(fs.readFileSync(path.join(dir,f)));const id=j.library.identifier.id||f; libs[id]=j;}
class Rep { constructor(){this.cache={};} resolve(id,v){ if(!libs[id]) throw new Error('no lib '+id); return this.cache[id]??=new cql.Library(libs[id],this);} }
const rep=new Rep(); const lib=new cql.Library(libs[main],rep);
const cs=new cql.CodeService(vs!=='-'?JSON.parse(fs.readFileSync(vs)):{});
const P=params!=='-'?JSON.parse(fs.readFileSync(params)):{}; const conv=x=>{ const m=/^Interval\[@([^,]+), @(.+)\]$/.exec(x); return m?new cql.Interval(cql.DateTime.parse(m[1]),cql.DateTime.parse(m[2])):JSON.parse(x); };
const pp={}; for(const k in P) pp[k]=conv(P[k]);
const when=cql.DateTime.parse('2026-01-15T12:00:00.000+00:00');
const show=v=>{ if(v===undefined||v===null) return null; if(Array.isArray(v)) return v.map(show);
 if(v.isInterval) return {iv:[show(v.low),show(v.high),v.lowClosed,v.highClosed]};
 if(v.isDateTime||v.isDate||v.isTime) return (v.isTime&&v.isTime()? 'T':'')+v.toString(); if(v.isQuantity) return {q:[v.value,v.unit??'1']}; if(v.isCode) return {code:[v.code,v.system]}; if(v.isConcept) return {concept:v.codes.map(show)};
 if(v.isRatio) return {ratio:v.toString()}; if(v.isValueSet) return {vs:v.oid};
 if(typeof v==='object'){ let js=null; try{ js=v._json; }catch(e){} if(typeof v._typeHierarchy==='function'||js) { const idv=v.getId?v.getId():(v.id?.value??v.id); const rt=js?.resourceType; return {obj: rt? rt+'/'+js.id : js}; } const o={}; for(const k of Object.keys(v).sort()) o[k]=show(v[k]); return {tuple:o}; } return v; };
(async()=>{ const src=fhir.PatientSource.FHIRv401(true); 
 src.loadBundles(bundles.flatMap(b=>{const j=JSON.parse(fs.readFileSync(b)); return Array.isArray(j)?j:[j];}));
 const ex=new cql.Executor(lib,cs,pp); 
 if(!bundles.length){ const o={}; for(const n of Object.keys(lib.expressions)){ try{ const r=await new cql.Executor(lib,cs,pp).exec_expression(n,new cql.PatientSource([{id:'x',recordType:'Patient'}]),when); o[n]=show(Object.values(r.patientResults)[0]?.[n]); }catch(e){o[n]={error:String(e.message)};} } console.log(JSON.stringify({id:null,r:o})); return; }
 const r=await ex.exec(src,when); for(const id in r.patientResults){ const o={}; for(const n in r.patientResults[id]) o[n]=show(r.patientResults[id][n]); console.log(JSON.stringify({id,r:o})); } })().catch(e=>{console.error(e);process.exit(1)});
