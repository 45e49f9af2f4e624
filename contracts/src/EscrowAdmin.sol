// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IKustodiaEscrow} from "./IKustodiaEscrow.sol";

/**
 * @title EscrowAdmin
 * @notice Who may do what, which tokens may come in, and the one address that is paid. It holds no money.
 */
abstract contract EscrowAdmin is IKustodiaEscrow, AccessControlDefaultAdminRules, Pausable {
    /// @notice Funds, releases, disputes, resolves and cancels escrows.
    bytes32 public constant BRIDGE_ROLE = keccak256("BRIDGE_ROLE");

    /// @notice Signs what lets an escrow end before its deadline, and sends nothing. No account has this role and the
    /// bridge's.
    bytes32 public constant APPROVER_ROLE = keccak256("APPROVER_ROLE");

    /// @notice Stops new escrows. Only the admin lets them start again.
    bytes32 public constant PAUSER_ROLE = keccak256("PAUSER_ROLE");

    /// @notice Whether new escrows may hold this token. Open escrows do not depend on it.
    mapping(address token => bool allowed) public isTokenAllowed;

    /// @notice The one address that escrows pay when they end.
    address public settlement;

    /// @notice The settlement address that the admin has scheduled last, in force or not; zero if none ever was.
    address public scheduledSettlement;

    /// @notice Unix seconds; the first block time at which the admin can put `scheduledSettlement` in force.
    uint48 public settlementSchedule;

    /// @notice Gives out the roles and allows the first token. Approvers are granted afterwards.
    /// @param admin Holds the admin role, which passes on in two steps, and at first the pauser role.
    /// @param adminDelay Seconds between the two steps, and before a new settlement address can be put in force.
    /// @param bridgeWallet Gets the bridge role, and is the first settlement address.
    /// @param token The first token that escrows may hold.
    constructor(address admin, uint48 adminDelay, address bridgeWallet, address token)
        AccessControlDefaultAdminRules(adminDelay, admin)
    {
        if (bridgeWallet == address(0)) revert ZeroAddress();
        _grantRole(BRIDGE_ROLE, bridgeWallet);
        _grantRole(PAUSER_ROLE, admin);
        _setTokenAllowed(token, true);
        _setSettlement(bridgeWallet);
    }

    /// @notice Names the settlement address that `applySettlement` can put in force after the admin's delay. A later
    /// call replaces an earlier one: to call one off, schedule the address that is in force.
    /// @dev The delay is what a stolen admin key leaves for seeing it and emptying the escrows to the old address.
    /// @param newSettlement Neither zero nor this contract, whose own tokens `rescue` could then take.
    function scheduleSettlement(address newSettlement) external onlyRole(DEFAULT_ADMIN_ROLE) {
        if (newSettlement == address(0) || newSettlement == address(this)) revert SettlementUnusable(newSettlement);
        uint48 schedule = uint48(block.timestamp) + defaultAdminDelay();
        scheduledSettlement = newSettlement;
        settlementSchedule = schedule;
        emit SettlementScheduled(newSettlement, schedule);
    }

    /// @notice Puts the scheduled settlement address in force: for every open escrow, those that are due included.
    function applySettlement() external onlyRole(DEFAULT_ADMIN_ROLE) {
        address next = scheduledSettlement;
        uint48 schedule = settlementSchedule;
        if (next == address(0) || block.timestamp < schedule) revert SettlementNotDue(next, schedule);
        _setSettlement(next);
    }

    /// @notice Lets new escrows hold a token, or no longer. Open escrows end as they would have.
    /// @param token The ERC-20.
    /// @param allowed Whether new escrows may hold it.
    function setTokenAllowed(address token, bool allowed) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setTokenAllowed(token, allowed);
    }

    /// @notice Stops new escrows. Release, cancel, dispute and resolve go on.
    function pause() external onlyRole(PAUSER_ROLE) {
        _pause();
    }

    /// @notice Allows new escrows again.
    function unpause() external onlyRole(DEFAULT_ADMIN_ROLE) {
        _unpause();
    }

    /// @notice Every grant comes through here. One account with both roles would make the second key the first one.
    /// @param role The role.
    /// @param account Who gets it.
    /// @return Whether the account did not have it.
    function _grantRole(bytes32 role, address account) internal override returns (bool) {
        if (
            (role == BRIDGE_ROLE && hasRole(APPROVER_ROLE, account))
                || (role == APPROVER_ROLE && hasRole(BRIDGE_ROLE, account))
        ) revert BridgeIsApprover(account);
        return super._grantRole(role, account);
    }

    function _setSettlement(address newSettlement) private {
        settlement = newSettlement;
        emit SettlementSet(newSettlement);
    }

    function _setTokenAllowed(address token, bool allowed) private {
        if (token == address(0)) revert ZeroAddress();
        isTokenAllowed[token] = allowed;
        emit TokenAllowedSet(token, allowed);
    }
}
