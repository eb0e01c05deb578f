// node translate.mjs OUTDIR file.cql... : translates every library
import fs from 'fs'; import path from 'path';
import { CqlTranslator, LibraryManager, ModelManager, createModelInfoProvider, createLibrarySourceProvider, stringAsSource, createUcumService } from "@cqframework/cql/cql-to-elm";
const M=(process.env.MODELS||'models')+'/';
const models={System:'system-modelinfo.xml',FHIR:'fhir-modelinfo-4.0.1.xml',QICore:'qicore-modelinfo-6.0.0.xml',USCore:'uscore-modelinfo-6.1.0.xml'};
const [,,out,...files]=process.argv; fs.mkdirSync(out,{recursive:true});
const texts={}; for(const f of files){const t=fs.readFileSync(f,'utf8'); const m=t.match(/^\s*library\s+"?([\w.]+)"?/m); texts[m?m[1]:path.basename(f)]=t;}
if(!texts.FHIRHelpers) texts.FHIRHelpers=fs.readFileSync(process.env.FHIRHELPERS,'utf8');
const mm=new ModelManager();
mm.modelInfoLoader.registerModelInfoProvider(createModelInfoProvider((n,s,v)=>models[n]?stringAsSource(fs.readFileSync(M+models[n],'utf8')):null));
const ucum=createUcumService((v,f,t)=>v,(u)=>null,(a,b)=>a,(a,b)=>a); const lm=new LibraryManager(mm,undefined,undefined,ucum);
const fix=(n,v)=>{let t=texts[n]; if(!t) return null; return v?t.replace(/^(\s*library\s+"?[\w.]+"?)(\s+version\s+'[^']*')?/m,`$1 version '${v}'`):t;};
lm.librarySourceLoader.registerProvider(createLibrarySourceProvider((n,s,v)=>{const t=fix(n,v);return t?stringAsSource(t):null;}));

for(const n of Object.keys(texts)){ const t=CqlTranslator.fromText(texts[n],lm); 
  for(const e of t.errors.asJsReadonlyArrayView?.()??[]) console.error(n,e.message);
  fs.writeFileSync(path.join(out,n+'.json'),t.toJson()); }
