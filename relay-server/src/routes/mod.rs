//! HTTP in, one call of a service, HTTP out.

mod accounts;
mod audit;
mod authentication;
pub(crate) mod content;
mod extract;
mod files;
mod grants;
mod health;
mod invitations;
mod notices;
mod openapi;
mod organizations;
mod passkeys;
mod recovery;
mod requests;
mod rotations;
mod sessions;
pub(crate) mod tus;
mod uploads;
mod web_app;

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig, resource};
use keyferry_protocol::route;

pub use authentication::{identify, limit_address};
pub use extract::limit_time;

use crate::service::ServiceError;

/// What a handler answers.
type Answer = Result<HttpResponse, ServiceError>;

/// Every path of the API; what is none of them may be a file of the web app.
pub fn configure(config: &mut ServiceConfig) {
    config.app_data(extract::json()).app_data(extract::query()).app_data(extract::path());
    config
        .configure(people)
        .configure(organizations)
        .configure(rotation)
        .configure(access)
        .configure(transfer)
        .configure(about);
    config.default_service(web::to(web_app::serve));
}

fn people(config: &mut ServiceConfig) {
    config
        .service(resource(route::ACCOUNTS).post(accounts::register))
        .service(resource(route::ME).get(accounts::me).delete(accounts::erase))
        .service(resource(route::MY_PASSPHRASE).put(accounts::change_passphrase))
        .service(resource(route::MY_RECOVERY).put(recovery::set))
        .service(resource(route::MY_RECOVERY_TEST).post(recovery::test))
        .service(resource(route::MY_COMPROMISE).post(accounts::report_compromise))
        .service(resource(route::RECOVERY).post(recovery::begin).put(recovery::complete))
        .service(resource(route::MY_PASSKEYS).get(passkeys::mine).post(passkeys::add))
        .service(resource(route::MY_PASSKEY).delete(passkeys::remove))
        .service(resource(route::PASSKEY_CHALLENGE).get(passkeys::challenge))
        .service(resource(route::PASSKEY_SESSIONS).post(passkeys::login))
        .service(resource(route::MY_BUNDLE).get(accounts::my_bundle))
        .service(
            resource(route::MY_CONTACTS)
                .app_data(extract::large_json())
                .get(accounts::contacts)
                .put(accounts::store_contacts),
        )
        .service(resource(route::MY_AUDIT).get(audit::mine))
        .service(resource(route::ACCOUNT).get(accounts::identity))
        .service(resource(route::LOGIN_PARAMETERS).post(sessions::parameters))
        .service(resource(route::SESSIONS).post(sessions::login))
        .service(resource(route::SESSION).delete(sessions::logout))
        .service(resource(route::REPORTS).post(accounts::report))
        .service(resource(route::NOTICES).get(notices::listen));
}

fn organizations(config: &mut ServiceConfig) {
    config
        .service(resource(route::ORGANIZATIONS).get(organizations::list).post(organizations::create))
        .service(resource(route::ORGANIZATION).get(organizations::view))
        .service(resource(route::ORGANIZATION_BUNDLE).get(organizations::bundle))
        .service(
            resource(route::ORGANIZATION_INVITATIONS)
                .get(invitations::of_organization)
                .post(invitations::create),
        )
        .service(resource(route::MEMBERS).post(organizations::change_membership))
        .service(resource(route::FILES).get(files::list))
        .service(resource(route::ORGANIZATION_REQUESTS).get(requests::of_organization))
        .service(resource(route::ORGANIZATION_GRANTS).get(grants::of_organization))
        .service(resource(route::ORGANIZATION_AUDIT).get(audit::of_organization))
        .service(resource(route::INVITATIONS).get(invitations::for_me))
        .service(resource(route::INVITATION_ACCEPTANCE).post(invitations::accept));
}

fn rotation(config: &mut ServiceConfig) {
    let large = |path| resource(path).app_data(extract::large_json());
    config
        .service(resource(route::ROTATION).put(rotations::begin).get(rotations::page))
        .service(large(route::ROTATION_WRAPS).post(rotations::accept))
        .service(large(route::MY_KEYS).post(rotations::complete_mine))
        .service(large(route::VAULT).post(rotations::complete_vault))
        .service(large(route::ROOT).post(rotations::complete_root))
        .service(resource(route::VOUCHERS).post(rotations::vouch));
}

fn access(config: &mut ServiceConfig) {
    config
        .service(resource(route::VERSIONS).post(files::complete))
        .service(resource(route::REKEY).app_data(extract::large_json()).post(files::rekey))
        .service(resource(route::FILE).get(files::one).delete(files::erase))
        .service(resource(route::KEY).get(files::key))
        .service(resource(route::REQUESTS).get(requests::mine).post(requests::create))
        .service(resource(route::REQUEST).get(requests::one))
        .service(resource(route::REQUEST_GRANT).post(requests::approve))
        .service(resource(route::REQUEST_DENIAL).post(requests::deny))
        .service(resource(route::REQUEST_WITHDRAWAL).post(requests::withdraw))
        .service(resource(route::GRANTS).get(grants::mine))
        .service(resource(route::GRANT_REVOCATION).post(grants::revoke));
}

fn transfer(config: &mut ServiceConfig) {
    config
        .service(
            resource(route::UPLOADS)
                .wrap(tus::defaults())
                .route(web::method(Method::OPTIONS).to(uploads::options))
                .post(uploads::create),
        )
        .service(
            resource(route::UPLOAD)
                .wrap(tus::defaults())
                .route(web::method(Method::OPTIONS).to(uploads::options))
                .route(web::head().to(uploads::status))
                .get(content::uploaded)
                .patch(uploads::patch)
                .delete(uploads::terminate)
                .post(uploads::overridden),
        )
        .service(resource(route::CONTENT).get(content::get).route(web::head().to(content::head)));
}

fn about(config: &mut ServiceConfig) {
    config
        .service(resource(route::HEALTHZ).get(health::healthz))
        .service(resource(route::READYZ).get(health::readyz))
        .service(resource(route::OPENAPI).get(openapi::document));
}
