//! What customer support asks for.

use vmc_http::model;

model! {
    /// Fields of the form for a support request (vendor structure `SddcInput`).
    pub struct SddcInput {
        inputs: Option<Vec<SddcList>>,
    }
}

model! {
    /// One field of the form (vendor structure `SddcList`).
    pub struct SddcList {
        name: Option<String>,
        label: Option<String>,
        placeholder: Option<String>,
        required: Option<bool>,
        choice: Option<Vec<SddcChoice>>,
    }
}

model! {
    /// A value to choose (vendor structure `SddcChoice`).
    pub struct SddcChoice {
        /// For people.
        display_text: Option<String> = "displayText",
        /// For the form.
        value: Option<String>,
    }
}
