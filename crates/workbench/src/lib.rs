//! HTML for the people of the UM organization
