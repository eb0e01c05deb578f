//! Resources by what a reference may call them: full URL, or `Type/id`.

use super::Data;

/// Digests of the names of all resources, sorted. A digest found is confirmed by the name itself.
pub(super) struct References(Box<[(u64, u32)]>);

impl References {
    pub(super) fn of(data: &Data<'_>) -> References {
        let mut names = Vec::with_capacity(data.len() * 2);
        for row in 0..data.len() as u32 {
            let resource = data.resource(row);
            if let Some(url) = resource.full_url() {
                names.push((digest(&[url.as_bytes()]), row));
            }
            if let Some(id) = resource.value.get("id").and_then(|id| id.as_str()) {
                names.push((digest(&[resource.resource_type().as_bytes(), b"/", id.as_bytes()]), row));
            }
        }
        names.sort_unstable();
        References(names.into())
    }

    /// The first row a reference names. A version (`/_history/2`, `|2`) is not looked at: the data has one of each.
    pub(super) fn find(&self, data: &Data<'_>, reference: &str) -> Option<u32> {
        let reference = reference.split('|').next().unwrap_or(reference);
        let reference = reference.split("/_history/").next().unwrap_or(reference);
        let by_url =
            self.rows(digest(&[reference.as_bytes()])).find(|row| data.resource(*row).full_url().as_deref() == Some(reference));
        if by_url.is_some() {
            return by_url;
        }
        let mut parts = reference.rsplit('/');
        let (id, of_type) = (parts.next()?, parts.next()?);
        self.rows(digest(&[of_type.as_bytes(), b"/", id.as_bytes()])).find(|row| {
            let resource = data.resource(*row);
            *resource.resource_type() == *of_type && resource.value.get("id").is_some_and(|v| v.is_str(id))
        })
    }

    fn rows(&self, digest: u64) -> impl Iterator<Item = u32> {
        let start = self.0.partition_point(|(d, _)| *d < digest);
        self.0[start..].iter().take_while(move |(d, _)| *d == digest).map(|(_, row)| *row)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.0)
    }
}

/// FNV-1a. Names that collide on purpose cost a comparison each, no more than looking through all resources.
fn digest(parts: &[&[u8]]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.iter());
    bytes.fold(0xcbf2_9ce4_8422_2325, |state, byte| (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
