//! The directory: tenants, clients, members and staff, kept as records in the store.
//!
//! Keys never leave the store in a log or a URL: a member id is protected, a client is found by the
//! hash of its token, a user by sign-in name.

use crate::{Error, Platform};
use base::{Code, Date, Hash, LineOfBusiness, Phi, State, TenantId, UserId};
use case::authority::{Licence, Role};
use case::request::Cover;
use criteria::Signatures;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A payer or UM organization, as configured.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Its id; first part of every key.
    pub id: TenantId,
    /// Name for letters and pages.
    pub name: String,
    /// Time zone for members whose record names none.
    pub zone: String,
    /// Line of business assumed for clocks while a member is not matched: the strictest of the tenant's.
    pub line_of_business: LineOfBusiness,
    /// Services that need no authorization. Everything else does.
    pub exempt: Vec<Code>,
    /// Policies signed for automatic approval, and by whom.
    pub signatures: Signatures,
    /// It is the demonstration plan: pages and answers say so.
    pub demo: bool,
}

/// A system that may call: an EHR, a clearinghouse, a provider's office.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Client {
    /// Name for the audit trail.
    pub name: String,
    /// The tenant it speaks to.
    pub tenant: TenantId,
    /// NPIs it submits for; empty: any (a clearinghouse).
    pub npis: Vec<String>,
}

impl Client {
    /// Whether it may submit for, or ask about, a provider with this NPI.
    #[must_use]
    pub fn speaks_for(&self, npi: Option<&str>) -> bool {
        self.npis.is_empty() || npi.is_some_and(|npi| self.npis.iter().any(|known| known == npi))
    }
}

/// A member as the plan's enrolment knows them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MemberRecord {
    /// Member id on the card.
    pub member_id: Phi<String>,
    /// Family name.
    pub family: Phi<String>,
    /// Given name.
    pub given: Phi<String>,
    /// Date of birth.
    pub birth_date: Phi<Date>,
    /// Line of business.
    pub line_of_business: LineOfBusiness,
    /// State whose law applies.
    pub state: Option<State>,
    /// Product.
    pub plan: String,
    /// Time zone in which days are counted.
    pub zone: String,
    /// First day of cover.
    pub from: Date,
    /// Last day of cover.
    pub to: Date,
}

/// A person of the UM organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StaffRecord {
    /// Sign-in name.
    pub user: UserId,
    /// Name as on the licence.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Licences held.
    pub licences: Vec<Licence>,
    /// NPI, if held.
    pub npi: Option<String>,
    /// Specialties.
    pub specialties: Vec<String>,
    /// May sign in.
    pub active: bool,
    /// Password hash in PHC form (argon2id).
    pub password: String,
}

/// Record kinds in the store.
pub mod kind {
    /// [`super::Client`] by token hash.
    pub const CLIENT: &str = "client";
    /// [`super::MemberRecord`] by member id.
    pub const MEMBER: &str = "member";
    /// [`super::StaffRecord`] by sign-in name.
    pub const STAFF: &str = "staff";
}

/// The tenant under which clients of every tenant are found by their token.
///
/// # Errors
/// Never in practice: the id is a constant that fits.
pub fn clients_tenant() -> Result<TenantId, Error> {
    TenantId::new("_clients").map_err(|_| Error::UnknownTenant)
}

impl Tenant {
    /// The cover written into a request until its member is matched.
    #[must_use]
    pub fn cover(&self) -> Cover {
        Cover { line_of_business: self.line_of_business, state: None, plan: String::new(), zone: self.zone.clone() }
    }
}

impl Platform {
    fn read<T: DeserializeOwned>(&self, tenant: &TenantId, kind: &str, key: &str) -> Result<Option<T>, Error> {
        let Some(bytes) = self.store.record(tenant, kind, key)? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|_| Error::Corrupt("a directory record cannot be read"))
    }

    fn write<T: Serialize>(&self, tenant: &TenantId, kind: &str, key: &str, value: &T) -> Result<(), Error> {
        let bytes = serde_json::to_vec(value).map_err(|_| Error::Corrupt("a directory record cannot be written"))?;
        Ok(self.store.put_record(tenant, kind, key, &bytes).wait()?)
    }

    /// The client that holds this bearer token.
    ///
    /// # Errors
    /// The store's.
    pub fn client(&self, token: &str) -> Result<Option<Client>, Error> {
        self.read(&clients_tenant()?, kind::CLIENT, &Hash::of(token.as_bytes()).to_string())
    }

    /// Registers a client under its token. Only the token's hash is kept.
    ///
    /// # Errors
    /// The store's.
    pub fn put_client(&self, token: &str, client: &Client) -> Result<(), Error> {
        self.write(&clients_tenant()?, kind::CLIENT, &Hash::of(token.as_bytes()).to_string(), client)
    }

    /// Registers a client by the SHA-256 of its token.
    ///
    /// # Errors
    /// The store's.
    pub fn put_client_by_hash(&self, token: &Hash, client: &Client) -> Result<(), Error> {
        self.write(&clients_tenant()?, kind::CLIENT, &token.to_string(), client)
    }

    /// The member with this id.
    ///
    /// # Errors
    /// The store's.
    pub fn member(&self, tenant: &TenantId, member_id: &str) -> Result<Option<MemberRecord>, Error> {
        if member_id.is_empty() {
            return Ok(None);
        }
        self.read(tenant, kind::MEMBER, member_id)
    }

    /// Writes a member.
    ///
    /// # Errors
    /// The store's.
    pub fn put_member(&self, tenant: &TenantId, member: &MemberRecord) -> Result<(), Error> {
        self.write(tenant, kind::MEMBER, member.member_id.expose(), member)
    }

    /// Writes many members: all are on their way before the first is waited for.
    ///
    /// # Errors
    /// The store's; members written before the fault stay.
    pub fn put_members(&self, tenant: &TenantId, members: impl IntoIterator<Item = MemberRecord>) -> Result<(), Error> {
        let mut tickets = std::collections::VecDeque::new();
        for member in members {
            let bytes = serde_json::to_vec(&member).map_err(|_| Error::Corrupt("a directory record cannot be written"))?;
            tickets.push_back(self.store.put_record(tenant, kind::MEMBER, member.member_id.expose(), &bytes));
            if tickets.len() >= 1000
                && let Some(ticket) = tickets.pop_front()
            {
                ticket.wait()?;
            }
        }
        tickets.into_iter().try_for_each(|ticket| ticket.wait().map_err(Error::from))
    }

    /// The person with this sign-in name.
    ///
    /// # Errors
    /// The store's.
    pub fn staff(&self, tenant: &TenantId, user: &UserId) -> Result<Option<StaffRecord>, Error> {
        self.read(tenant, kind::STAFF, user.as_str())
    }

    /// Writes a person.
    ///
    /// # Errors
    /// The store's.
    pub fn put_staff(&self, tenant: &TenantId, staff: &StaffRecord) -> Result<(), Error> {
        self.write(tenant, kind::STAFF, staff.user.as_str(), staff)
    }
}
