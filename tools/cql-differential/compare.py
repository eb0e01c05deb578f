"""Compares two runs, one JSON line a patient (see README.md)."""
import json,sys
def load(p):
    d={}
    for l in open(p):
        if l.startswith('{'):
            j=json.loads(l); d[j['id']]=j['r']
    return d
def norm(v):
    if isinstance(v,float) and v==int(v): return int(v)
    if isinstance(v,float): return round(v,8)
    if isinstance(v,str):
        if v.endswith('+00:00') or v.endswith('Z'): return v[:-6] if v.endswith('+00:00') else v[:-1]
        return v
    if isinstance(v,list): return [norm(x) for x in v]
    if isinstance(v,dict):
        return {k:norm(x) for k,x in v.items()}
    return v
a,b=load(sys.argv[1]),load(sys.argv[2]); same=diff=0; shown=0
for id in a:
    for k in a[id]:
        x,y=norm(a[id][k]),norm(b.get(id,{}).get(k,'MISSING'))
        if x==y: same+=1
        else:
            diff+=1
            if shown<int(sys.argv[3] if len(sys.argv)>3 else 12): shown+=1; print(id,k,'\n  A',json.dumps(x)[:400],'\n  B',json.dumps(y)[:400])
print('same',same,'diff',diff)
