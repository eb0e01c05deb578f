// node time.cjs MAIN elmdir valuesets.json params.json patients.json [rounds] -> one line: patients a CPU second of cql-execution, all definitions,
// loading the Bundles included (as run.cjs evaluates them); the best round after warming up.
const fs=require('fs'),path=require('path'); const cql=require('cql-execution'), fhir=require('cql-exec-fhir');
const [,,main,dir,vs,params,patients,rounds]=process.argv;
const libs={}; for(const f of fs.readdirSync(dir)){ const j=JSON.parse(fs.readFileSync(path.join(dir,f)));const id=j.library.identifier.id||f; libs[id]=j;}
class Rep { constructor(){this.cache={};} resolve(id,v){ if(!libs[id]) throw new Error('no lib '+id); return this.cache[id]??=new cql.Library(libs[id],this);} }
const lib=new cql.Library(libs[main],new Rep());
const cs=new cql.CodeService(JSON.parse(fs.readFileSync(vs)));
const P=JSON.parse(fs.readFileSync(params)); const pp={};
for(const k in P){ const m=/^Interval\[@([^,]+), @(.+)\]$/.exec(P[k]); pp[k]=m?new cql.Interval(cql.DateTime.parse(m[1]),cql.DateTime.parse(m[2])):JSON.parse(P[k]); }
const when=cql.DateTime.parse('2026-01-15T12:00:00.000+00:00');
const text=fs.readFileSync(patients,'utf8'); const count=JSON.parse(text).length;
(async()=>{ let best=Infinity;
 for(let i=0;i<Number(rounds||6);i++){ const start=process.cpuUsage();
  const src=fhir.PatientSource.FHIRv401(true); src.loadBundles(JSON.parse(text));
  await new cql.Executor(lib,cs,pp).exec(src,when);
  const used=process.cpuUsage(start); best=Math.min(best,(used.user+used.system)/1e6); }
 console.log((count/best).toFixed(1)); })().catch(e=>{console.error(e);process.exit(1)});
