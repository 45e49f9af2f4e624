// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IKustodiaEscrow} from "../src/IKustodiaEscrow.sol";
import {KustodiaEscrow} from "../src/KustodiaEscrow.sol";
import {EscrowTest, bound, vm} from "./support/EscrowTest.sol";
import {RELEASE} from "./support/approval.sol";

/// @notice Who is paid is fixed when an escrow is funded; another takes the admin's word and that of an approver of then,
/// who has been one for as long as a new settlement address waits.
contract KustodiaEscrowRedirectTest is EscrowTest {
    address private constant NEXT = address(0x2E87);
    address private constant THIEF = address(0x7413F);
    uint256 private constant THIEFS_APPROVER_KEY = 0x7A;

    function test_redirect_needsNoWaitForTheScheduledAddress() public {
        uint256 id = create();
        uint256 other = create(OTHER_REF);
        schedule(NEXT);
        redirect(id, NEXT);
        vm.assertEq(escrow.getEscrow(id).payee, NEXT, "payee");
        vm.assertEq(escrow.getEscrow(other).payee, SETTLEMENT, "the other's");
        vm.warp(DEADLINE);
        vm.startPrank(BRIDGE);
        escrow.release(id);
        escrow.release(other);
        vm.assertEq(token.balanceOf(NEXT), AMOUNT, "the new one has it");
        vm.assertEq(token.balanceOf(SETTLEMENT), AMOUNT, "the old one has the other");
    }

    function test_redirect_takesTheAddressInForce() public {
        uint256 id = create();
        setSettlement(NEXT);
        redirect(id, NEXT);
        vm.assertEq(escrow.getEscrow(id).payee, NEXT, "payee");
    }

    function test_redirect_reachesADisputedEscrow() public {
        uint256 id = disputed();
        schedule(NEXT);
        redirect(id, NEXT);
        assertStatus(id, IKustodiaEscrow.Status.Disputed);
        vm.warp(DEADLINE);
        vm.prank(BRIDGE);
        escrow.resolveDispute(id, false);
        vm.assertEq(token.balanceOf(NEXT), AMOUNT, "paid");
    }

    function test_redirect_passesOverWhatIsNotOpen() public {
        uint256[] memory ids = new uint256[](4);
        (ids[0], ids[1]) = (create(), create(keccak256("to be cancelled")));
        vm.warp(DEADLINE);
        vm.startPrank(BRIDGE);
        escrow.release(ids[0]);
        escrow.cancel(ids[1]);
        vm.stopPrank();
        (ids[2], ids[3]) = (1_000, create(OTHER_REF));
        schedule(NEXT);
        vm.recordLogs();
        vm.prank(APPROVER);
        escrow.redirect(ids, NEXT);
        vm.assertEq(vm.getRecordedLogs().length, 1, "events");
        vm.assertEq(escrow.getEscrow(ids[0]).payee, SETTLEMENT, "released");
        vm.assertEq(escrow.getEscrow(ids[1]).payee, SETTLEMENT, "cancelled");
        vm.assertEq(escrow.getEscrow(ids[3]).payee, NEXT, "open");
    }

    function test_redirect_refusesAnAddressThatTheAdminHasNotNamed() public {
        uint256 id = create();
        schedule(STRANGER);
        schedule(SETTLEMENT);
        expectNotNamed(STRANGER);
        redirect(id, STRANGER);
        schedule(NEXT);
        // Below both, between the two, above both.
        address[3] memory others = [STRANGER, address(0x3000), address(0xFFFF)];
        for (uint256 i; i < 3; ++i) {
            expectNotNamed(others[i]);
            redirect(id, others[i]);
        }

        KustodiaEscrow fresh = new KustodiaEscrow(ADMIN, ADMIN_DELAY, BRIDGE, address(token));
        vm.prank(ADMIN);
        fresh.grantRole(APPROVER_ROLE, APPROVER);
        expectNotNamed(address(0));
        vm.prank(APPROVER);
        fresh.redirect(one(1), address(0));
    }

    function test_redirect_refusesAnApproverThatIsYoungerThanTheEscrow() public {
        uint256 id = create();
        schedule(NEXT);
        vm.prank(ADMIN);
        escrow.grantRole(APPROVER_ROLE, STRANGER);
        uint256 younger = create(OTHER_REF);
        assertAppointment(STRANGER, START, id);
        vm.warp(START + ADMIN_DELAY);
        vm.startPrank(STRANGER);
        expectTooNew(id, STRANGER);
        escrow.redirect(one(id), NEXT);
        escrow.redirect(one(younger), NEXT);
        vm.assertEq(escrow.getEscrow(id).payee, SETTLEMENT, "the older one's payee");
        vm.assertEq(escrow.getEscrow(younger).payee, NEXT, "the younger one's payee");
    }

    function test_redirect_countsARoleThatWasTakenAndGivenAnew() public {
        uint256 id = create();
        schedule(NEXT);
        vm.startPrank(ADMIN);
        escrow.grantRole(APPROVER_ROLE, APPROVER);
        assertAppointment(APPROVER, START - ADMIN_DELAY, 0); // A grant of what it has changes nothing.
        escrow.revokeRole(APPROVER_ROLE, APPROVER);
        escrow.grantRole(APPROVER_ROLE, APPROVER);
        vm.stopPrank();
        assertAppointment(APPROVER, START, id);
        expectMustWait(APPROVER, START + ADMIN_DELAY);
        redirect(id, NEXT);
        vm.warp(START + ADMIN_DELAY);
        expectTooNew(id, APPROVER);
        redirect(id, NEXT);
    }

    function test_redirect_waitsUntilTheApproverHasBeenOneForTheDelayToTheSecond() public {
        vm.prank(ADMIN);
        escrow.grantRole(APPROVER_ROLE, STRANGER);
        uint256 id = create();
        schedule(NEXT);
        vm.warp(START + ADMIN_DELAY - 1);
        expectMustWait(STRANGER, START + ADMIN_DELAY);
        vm.prank(STRANGER);
        escrow.redirect(one(id), NEXT);
        vm.warp(START + ADMIN_DELAY);
        vm.prank(STRANGER);
        escrow.redirect(one(id), NEXT);
        vm.assertEq(escrow.getEscrow(id).payee, NEXT, "payee");
    }

    function test_redirect_waitsForTheAddressInForceToo() public {
        vm.prank(ADMIN);
        escrow.grantRole(APPROVER_ROLE, STRANGER);
        uint256 id = create();
        expectMustWait(STRANGER, START + ADMIN_DELAY);
        vm.prank(STRANGER);
        escrow.redirect(one(id), SETTLEMENT);
    }

    function test_redirect_waitsForNothingWhereTheContractHasNoDelay() public {
        escrow = new KustodiaEscrow(ADMIN, 0, BRIDGE, address(token));
        endow(BRIDGE);
        vm.startPrank(ADMIN);
        escrow.grantRole(APPROVER_ROLE, APPROVER);
        escrow.scheduleSettlement(NEXT);
        vm.stopPrank();
        uint256 id = create();
        redirect(id, NEXT);
        vm.assertEq(escrow.getEscrow(id).payee, NEXT, "payee");
    }

    /// @dev Neither does a shorter delay of the admin's succession hurry it, which a thief could make.
    function testFuzz_redirect_waitsAsLongAsTheContractWasMadeWith(uint48 delay, uint256 waited) public {
        delay = uint48(bound(delay, 0, 30 days));
        waited = bound(waited, 0, 2 * uint256(delay));
        escrow = new KustodiaEscrow(ADMIN, delay, BRIDGE, address(token));
        endow(BRIDGE);
        uint256 granted = START + delay + 1;
        vm.startPrank(ADMIN);
        escrow.changeDefaultAdminDelay(0);
        vm.warp(granted);
        vm.assertEq(escrow.defaultAdminDelay(), 0, "the admin's own delay");
        escrow.grantRole(APPROVER_ROLE, APPROVER);
        vm.stopPrank();
        uint256 id = create();
        vm.warp(granted + waited);
        if (waited < delay) expectMustWait(APPROVER, granted + delay);
        redirect(id, BRIDGE);
    }

    function test_redirect_takesAsManyAsTheLimit() public {
        uint256[] memory ids = new uint256[](escrow.MAX_BATCH());
        for (uint256 i; i < ids.length; ++i) {
            ids[i] = create(bytes32(i + 1));
        }
        schedule(NEXT);
        vm.prank(APPROVER);
        escrow.redirect(ids, NEXT);
        vm.assertEq(escrow.getEscrow(ids[ids.length - 1]).payee, NEXT, "the last one's payee");
    }

    function test_redirect_refusesNoneAndMoreThanTheLimit() public {
        uint256 limit = escrow.MAX_BATCH();
        vm.startPrank(APPROVER);
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.BatchOutOfRange.selector, 0));
        escrow.redirect(new uint256[](0), SETTLEMENT);
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.BatchOutOfRange.selector, limit + 1));
        escrow.redirect(new uint256[](limit + 1), SETTLEMENT);
    }

    function testFuzz_redirect_refusesWhoeverIsNoApprover(address caller) public {
        vm.assume(caller != APPROVER);
        uint256 id = create();
        expectMissingRole(caller, APPROVER_ROLE);
        vm.prank(caller);
        escrow.redirect(one(id), SETTLEMENT);
    }

    function test_redirect_isPossibleWhilePaused() public {
        uint256 id = create();
        schedule(NEXT);
        vm.prank(ADMIN);
        escrow.pause();
        redirect(id, NEXT);
        vm.assertEq(escrow.getEscrow(id).payee, NEXT, "payee");
    }

    /// @dev All that the key of the admin can do at once, and all that it can do after any delay.
    function test_aThiefOfTheAdminsKey_getsNothingThatIsInCustody() public {
        uint256 id = create();
        uint256 late = create(OTHER_REF);
        vm.startPrank(ADMIN);
        escrow.scheduleSettlement(THIEF);
        escrow.revokeRole(BRIDGE_ROLE, BRIDGE);
        escrow.revokeRole(APPROVER_ROLE, APPROVER);
        escrow.grantRole(BRIDGE_ROLE, THIEF);
        escrow.grantRole(APPROVER_ROLE, vm.addr(THIEFS_APPROVER_KEY));
        vm.warp(DEADLINE + ADMIN_DELAY);
        escrow.applySettlement();
        vm.stopPrank();

        expectTooNew(id, vm.addr(THIEFS_APPROVER_KEY));
        vm.prank(vm.addr(THIEFS_APPROVER_KEY));
        escrow.redirect(one(id), THIEF);
        uint64 expiry = uint64(block.timestamp);
        bytes memory signature = approve(RELEASE, id, expiry, THIEFS_APPROVER_KEY);
        vm.startPrank(THIEF);
        escrow.releaseEarly(id, vm.addr(THIEFS_APPROVER_KEY), expiry, signature);
        escrow.release(late);
        vm.assertEq(token.balanceOf(THIEF), 0, "the thief's");
        assertMoney(0, 2 * AMOUNT);
    }

    /// @dev He makes himself approver and names his address in one block; what is funded after that, before anybody has
    /// seen it, stays as long as a new settlement address waits, and for good once his approver is none any more.
    function test_aThiefOfTheAdminsKey_getsNothingThatIsFundedAfterTheTheftBeforeTheDelay() public {
        address his = vm.addr(THIEFS_APPROVER_KEY);
        vm.startPrank(ADMIN);
        escrow.grantRole(APPROVER_ROLE, his);
        escrow.grantRole(BRIDGE_ROLE, THIEF);
        escrow.scheduleSettlement(THIEF);
        vm.stopPrank();
        uint256 id = create();
        expectMustWait(his, START + ADMIN_DELAY);
        vm.prank(his);
        escrow.redirect(one(id), THIEF);
        // With a bridge and an approver of his own he can end it, and no more.
        bytes memory signature = approve(RELEASE, id, EXPIRY, THIEFS_APPROVER_KEY);
        vm.prank(THIEF);
        escrow.releaseEarly(id, his, EXPIRY, signature);
        assertMoney(0, AMOUNT);

        uint256 other = create(OTHER_REF);
        vm.prank(ADMIN);
        escrow.revokeRole(APPROVER_ROLE, his);
        vm.warp(START + ADMIN_DELAY);
        expectMissingRole(his, APPROVER_ROLE);
        vm.prank(his);
        escrow.redirect(one(other), THIEF);
    }

    /// @dev What the delay is for: who does not look for so long loses what was funded since, and nothing from before.
    function test_aThiefOfTheAdminsKey_whomNobodySeesForTheDelay_takesWhatWasFundedSince() public {
        uint256 old = create();
        address his = vm.addr(THIEFS_APPROVER_KEY);
        vm.startPrank(ADMIN);
        escrow.grantRole(APPROVER_ROLE, his);
        escrow.scheduleSettlement(THIEF);
        vm.stopPrank();
        uint256 since = create(OTHER_REF);
        vm.warp(START + ADMIN_DELAY);
        vm.startPrank(his);
        expectTooNew(old, his);
        escrow.redirect(one(old), THIEF);
        escrow.redirect(one(since), THIEF);
        vm.assertEq(escrow.getEscrow(since).payee, THIEF, "the thief's");
    }

    /// @dev What he does with the honest approver's role cannot be undone for what is open: it goes to its payee.
    function test_aThiefOfTheAdminsKey_canTakeTheWayOfARedirectFromWhatIsOpen() public {
        uint256 id = create();
        vm.startPrank(ADMIN);
        escrow.revokeRole(APPROVER_ROLE, APPROVER);
        escrow.grantRole(APPROVER_ROLE, APPROVER);
        escrow.scheduleSettlement(NEXT);
        vm.stopPrank();
        vm.warp(DEADLINE + ADMIN_DELAY);
        expectTooNew(id, APPROVER);
        redirect(id, NEXT);
        vm.prank(BRIDGE);
        escrow.release(id);
        assertMoney(0, AMOUNT);
    }

    function test_aThiefOfThePayeesKey_getsNothingThatWasRedirected() public {
        setSettlement(BRIDGE);
        vm.warp(START);
        uint256 id = create();
        vm.startPrank(ADMIN);
        escrow.revokeRole(BRIDGE_ROLE, BRIDGE);
        escrow.scheduleSettlement(NEXT);
        vm.stopPrank();
        redirect(id, NEXT);
        vm.warp(DEADLINE + 30 days);
        vm.prank(BRIDGE);
        escrow.release(id);
        vm.assertEq(token.balanceOf(NEXT), AMOUNT, "not the thief's");
    }

    function schedule(address payee) private {
        vm.prank(ADMIN);
        escrow.scheduleSettlement(payee);
    }

    function redirect(uint256 id, address payee) private {
        vm.prank(APPROVER);
        escrow.redirect(one(id), payee);
    }

    function one(uint256 id) private pure returns (uint256[] memory ids) {
        ids = new uint256[](1);
        ids[0] = id;
    }

    function expectNotNamed(address payee) private {
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.PayeeNotNamed.selector, payee));
    }

    function assertAppointment(address approver, uint256 since, uint256 afterId) private view {
        (uint48 sinceThen, uint208 afterWhich) = escrow.appointmentOf(approver);
        vm.assertEq(sinceThen, since, "since");
        vm.assertEq(afterWhich, afterId, "after which");
    }

    function expectMustWait(address approver, uint256 schedule_) private {
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.ApproverMustWait.selector, approver, schedule_));
    }

    function expectTooNew(uint256 id, address approver) private {
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.ApproverTooNew.selector, id, approver));
    }
}
