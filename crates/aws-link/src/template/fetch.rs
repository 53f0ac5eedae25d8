//! Fetches a template for review. No token travels.

use std::sync::Arc;

use http::Method;
use vmc_http::redact::printable;
use vmc_http::{
    Answer, Call, Client, Explanation, SetupError, Target, Transport, TransportBuilder,
};

use crate::aws::stack::Stacks;
use crate::error::Error;
use crate::journal::PendingRequest;
use crate::template::host::AllowedHosts;
use crate::template::review::Review;

/// CloudFormation takes templates up to this size.
const MOST_BYTES: usize = 1024 * 1024;

type Connect = dyn Fn(&str) -> Result<Client, SetupError> + Send + Sync;

/// Where templates may come from, and how they are fetched.
#[derive(Clone)]
pub(crate) struct Templates {
    hosts: AllowedHosts,
    connect: Arc<Connect>,
}

impl Templates {
    pub(crate) fn new(hosts: AllowedHosts) -> Self {
        let mut templates = Self {
            hosts,
            connect: Arc::new(|_| Client::builder("").build()),
        };
        templates.transport(Transport::builder());
        templates
    }

    pub(crate) fn allow(&mut self, host: &str) {
        self.hosts = self.hosts.clone().and(host);
    }

    pub(crate) fn transport(&mut self, transport: TransportBuilder) {
        let transport = transport.max_body(MOST_BYTES).secret_paths().build();
        self.connect = Arc::new(move |origin| {
            Client::builder(origin)
                .transport(&transport)
                .explain(explain)
                .build()
        });
    }

    #[cfg(test)]
    pub(crate) fn scripted(
        &mut self,
        connect: impl Fn(&str) -> Result<Client, SetupError> + Send + Sync + 'static,
    ) {
        self.connect = Arc::new(connect);
    }

    /// Checks the address, fetches the template and reads what it would create.
    /// What cannot be read here, CloudFormation is asked about, if it may be.
    pub(crate) async fn review(
        &self,
        request: &PendingRequest,
        stacks: Option<&Stacks>,
    ) -> Result<Review, Error> {
        let url = self.hosts.check(request.template_url.expose())?;
        let origin = url.origin().ascii_serialization();
        let client = (self.connect)(&origin).map_err(|error| Error::Setting(error.to_string()))?;
        let target = match url.query() {
            Some(query) => Target::verbatim(&format!("{}?{query}", url.path())),
            None => Target::verbatim(url.path()),
        };
        let mut call = Call::raw(Method::GET, target).anonymous();
        // The path is part of the secret.
        call.name = "template.fetch".into();
        let answer = client
            .execute(call)
            .await
            .map_err(|source| Error::Template {
                expires: request.expires,
                source,
            })?;
        let mut review = Review::read(&answer.body);
        review.origin = origin;
        if answer.is_html() {
            review.not_reviewed = Some("a web page was answered, not a template".into());
        }
        if review.not_reviewed.is_some()
            && let Some(stacks) = stacks
        {
            // The next best: what CloudFormation itself reads in it.
            let summary = stacks.summary(request.template_url.expose()).await?;
            review.add(summary);
        }
        Ok(review)
    }
}

/// S3's errors are XML: `<Error><Code>AccessDenied</Code><Message>Request has expired</Message>…`.
fn explain(answer: &Answer) -> Explanation {
    let text = String::from_utf8_lossy(&answer.body[..answer.body.len().min(4096)]).into_owned();
    let part = |name: &str| {
        let (_, after) = text.split_once(&format!("<{name}>"))?;
        let (inner, _) = after.split_once("</")?;
        Some(printable(inner, 200)).filter(|inner| !inner.is_empty())
    };
    Explanation {
        message: part("Message"),
        code: part("Code"),
        retryable: None,
        request_id: part("RequestId"),
    }
}
